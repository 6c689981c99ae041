#!/usr/bin/env bash
# The same commands through Docker Compose. scripts/manage-modular.sh calls this when an engine answers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compose() { docker compose -f docker-compose.modular.yml "$@"; }

services_of() { # the containers of one service, or of all
    case "${1:-all}" in
        all) compose config --services | grep -v -e '-migrate$' -e '^bootstrap$' -e '^keys$' ;;
        core | telemetry | compliance) compose config --services | grep -E "^$1(-worker|-beat|-sweep)?$" ;;
        *) echo "Unknown service '$1': it is one of core, telemetry, compliance, all" >&2; exit 1 ;;
    esac
}

command=$1 service=${2:-all}
case "$command" in
    start) compose up --detach --build --wait $(services_of "$service") ;;
    stop) if [ "$service" = all ]; then compose down; else compose stop $(services_of "$service"); fi ;;
    restart) compose restart $(services_of "$service") ;;
    status) compose ps ;;
    logs) compose logs --tail 40 "${@:3}" $(services_of "$service") ;;
    health)
        for name in core telemetry compliance; do
            [ "$service" = all ] || [ "$service" = "$name" ] || continue
            curl --silent --show-error "http://127.0.0.1:${HTTP_PORT:-8080}/ready/$name"; echo
        done ;;
    migrate) for name in core telemetry compliance; do
            [ "$service" = all ] || [ "$service" = "$name" ] || continue
            compose run --rm "$name-migrate"
        done ;;
    shell) compose exec "$service" python "${service}_service/manage.py" shell ;;
    manage) compose exec "$service" python "${service}_service/manage.py" "${@:3}" ;;
esac
