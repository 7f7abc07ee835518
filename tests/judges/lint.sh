# Redocly and Spectral read the spec.

redocly() {
    REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
        "$node_modules/.bin/redocly" lint --config "$here/redocly.yaml" --max-problems 20 "$1"
}

spectral() {
    "$node_modules/.bin/spectral" lint --ruleset "$here/spectral.yaml" --fail-severity warn "$1"
}

judge_with_lint() {
    if ! $node_here; then
        skipped "redocly and spectral"
        return
    fi
    say "redocly"
    redocly "$spec"
    broken_spec no-description '0,/description: Reads one user group/s/operationId: account-user-group-details/operationId: account-user-group-list/'
    objects "an operationId that is not unique" operation-operationId-unique redocly "$work/no-description.yaml"
    say "spectral"
    spectral "$spec"
    objects "an operationId that is not unique" operation-operationId-unique spectral "$work/no-description.yaml"
}
