// What the page asks of Compliance.

import { all, asked } from "../ask.js";

const REVIEW = "/api/compliance/review/";
const at = (address, said) => `${address}?${new URLSearchParams(Object.entries(said).filter(([, value]) => value))}`;

export const works = () => all("/api/compliance/configs/");
export const queue = ({ point, reason, cursor }) => asked(at(REVIEW, { limit: 100, point, reason, cursor }));
export const decisions = (cursor) => asked(at(`${REVIEW}decisions/`, { limit: 20, cursor }));
export const around = (id) => asked(`${REVIEW}${id}/around/`).then(({ results }) => results);
export const before = (id) => asked(`${REVIEW}${id}/`).then(({ results }) => results);
export const attempts = (id) => asked(`/api/compliance/data/${id}/`).then((said) => said.attempts);
export const decide = (body) => asked(REVIEW, { method: "POST", body }).then(({ results }) => results);
