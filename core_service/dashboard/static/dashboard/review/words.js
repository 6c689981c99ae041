// The codes of held hours, as people say them. A code without words here is shown as it is.

const WORDS = {
  // what Telemetry saw in a reading
  noise: "ruido en el contador",
  truncated_reading: "lectura truncada: parece un décimo o menos de la anterior",
  zero_glitch: "el contador leyó cero por un momento",
  glitch: "el contador dio un salto y volvió",
  roll_over: "el contador dio la vuelta",
  replacement: "cambio de medidor",
  replacement_proposed: "parece un cambio de medidor: falta que alguien lo confirme",
  replacement_rejected: "cambio de medidor rechazado por una persona",
  implausible_rise: "el contador avanzó más de lo posible",
  no_baseline: "sin lectura anterior con que comparar",
  no_meter: "sin medidor configurado",
  no_pulse_constant: "sin constante de pulsos",
  logger_status: "el registrador avisó una falla",
  not_a_number: "no es un número",
  out_of_range: "fuera del rango del instrumento",
  above_pipe_ceiling: "más caudal del que cabe en la tubería",
  negative: "valor negativo",
  low_cutoff: "bajo el umbral: se toma por cero",
  no_sensor_depth: "sin profundidad del sensor",
  unknown_unit: "unidad desconocida",
  receive_time: "el equipo no dijo la hora",
  unusual_value: "valor inusual para este lugar",
  spike: "salto aislado",
  rate_of_change: "cambio demasiado rápido",
  flat_line: "el valor no cambia: ¿sensor pegado?",
  after_gap: "primera lectura después de un vacío",
  confirmed_fault: "una persona confirmó que el instrumento fallaba",
  mean_of_gap: "es la media de todo un hueco sin lecturas",
  short_window: "aún no hay pulsos ni tiempo bastantes para un caudal",
  missing_input: "falta un dato del que se calcula",
  division_by_zero: "división por cero",
  not_finite: "resultado no finito",
  held_input: "usa un dato retenido de antes",
  // qualities, where a reading says no reason
  not_evaluated: "todavía sin evaluar",
  suspect: "dudosa",
  fail: "mala",
  missing: "sin valor",
  unknown_quality: "calidad desconocida",
  // what does not fit the regulator's form
  negative_value: "un número negativo no se informa",
  value_too_long: "el número no cabe en el formulario",
  flow_too_long: "el caudal no cabe en el formulario",
  total_too_long: "el totalizador no cabe en el formulario",
  water_table_too_long: "el nivel no cabe en el formulario",
  level_too_long: "la altura no cabe en el formulario",
  required_schema: "no tiene la forma que pide la autoridad",
  thin_period: "demasiado pocas mediciones en el período para una media",
  // what a regulator answered
  accepted_without_voucher: "aceptada sin comprobante",
  duplicate_without_voucher: "la autoridad dice que ya la tiene, sin comprobante",
  voucher_of_another: "el comprobante que llegó es de otra hora",
  refused_in_doubt: "rechazada después de una duda: puede que ya la tenga",
  unknown_answer: "respuesta que nadie ha clasificado",
};
const KINDS = { data: "dato dudoso, no se ha enviado", answer: "enviada, con una respuesta que no se entiende", taken: "la autoridad la tiene, sin comprobante" };
const VARIABLES = { flow: "Caudal (L/s)", total: "Totalizador (m³)", water_table: "Nivel freático (m)", level: "Altura (m)", volume_minute: "Volumen del minuto (m³)" };
const FIELDS = { caudal: "caudal", totalizador: "totalizador", nivelFreaticoDelPozo: "nivel", alturaLimnimetrica: "altura" };
const QUALITIES = { 1: "buena", 2: "sin evaluar", 3: "dudosa", 4: "mala", 9: "sin valor" };
const STATES = {
  PENDING: "por enviar", SENT: "enviándose", CONFIRMED: "con comprobante", REJECTED: "rechazada", ERROR: "se reintentará", HELD: "retenida", IN_DOUBT: "en duda",
  duty_open: "sin datos", duty_explained: "explicada", duty_receipt: "con comprobante",
};
const VERDICTS = {
  accepted: "aceptada", corrected: "corregida", discarded: "descartada",
  changed: "cambió desde que se miró: vuelva a verla", not_held: "ya no está retenida: otra persona decidió, o llegaron mejores datos",
  no_form: "esta autoridad no recibe correcciones", needs_voucher: "falta el comprobante que la autoridad le dio",
  voucher_of_another: "ese comprobante es de otra hora", never_sent_again: "la autoridad ya la tiene: no se envía otra vez", answer_unknown: "no se sabe si la autoridad la guardó: no se corrige",
};
export const CAUSES = [
  ["instrument_failure", "falla del instrumento"], ["logger_failure", "falla del registrador"], ["power_failure", "falla eléctrica"],
  ["communication_failure", "falla de comunicación"], ["meter_replacement", "cambio de medidor"], ["maintenance", "mantención"],
  ["reported_by_another", "la informó otro sistema"], ["no_voucher", "la autoridad lo tiene y no dio comprobante"],
  ["incomplete_stamp", "no llegaron todos los datos del instante"], ["other", "otra"],
];
export const ACTIONS = { accept: "Aceptada", correct: "Corregida", discard: "Descartada" };

const of = (words, code) => (Object.hasOwn(words, code) ? words[code] : null);
const missing = (code) => (code.startsWith("no_") ? `falta ${code.slice(3).replace("_of_", " de ")}` : code);
export const reason = (code) => of(WORDS, code) ?? missing(code);
export const kind = (code) => of(KINDS, code) ?? code;
export const variable = (code) => of(VARIABLES, code) ?? code;
export const quality = (code) => of(QUALITIES, code) ?? String(code);
export const state = (code) => of(STATES, code) ?? code;
export const verdict = (code) => of(VERDICTS, code) ?? reason(code);
export const cause = (code) => of(Object.fromEntries(CAUSES), code) ?? code;

// What a document says, number by number, whichever regulator's it is.
export function said(document) {
  if (!document) return [];
  if (document.registros) {
    return document.registros.flatMap((one) => one.parametros.map(({ nombre, valor, unidad }) => [`${one.dispositivoId} ${nombre}`, `${valor} ${unidad}`]));
  }
  return Object.entries(FIELDS).filter(([name]) => name in document).map(([name, text]) => [text, document[name] || "vacío"]);
}
export const measured = (evidence) => Object.entries(evidence).filter(([, one]) => one && typeof one === "object" && "value" in one);
