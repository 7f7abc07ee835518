# Redocly and Spectral read the spec.

redocly() {
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
        "$node_modules/.bin/redocly" lint --config "$here/redocly.yaml" --max-problems 20 "$1"
}

spectral() {
    "$node_modules/.bin/spectral" lint --ruleset "$here/spectral.yaml" --fail-severity warn "$1"
}

check_with_lint() {
    if ! $node_here; then
        skipped "redocly and spectral"
        return
    fi
    say "redocly"
    redocly "$spec"
    broken_spec same-id 's/(operationId: account-user-group)-details$/\1-list/'
    rejects "an operationId that is not unique" operation-operationId-unique \
        redocly "$work/same-id.yaml"
    say "spectral"
    spectral "$spec"
    rejects "an operationId that is not unique" operation-operationId-unique \
        spectral "$work/same-id.yaml"
}
