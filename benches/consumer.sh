#!/usr/bin/env bash
# What using this crate costs in compiling: crates, and CPU seconds and time of a clean debug build of a
# program that only makes a client, next to one that has reqwest, serde_json and tokio alone, which is
# what the ratios are of.
#
#   benches/consumer.sh [REPETITIONS]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CARGO_TERM_COLOR=never
# Cargo never compiles what comes from a registry incrementally, but does so with a path.
export CARGO_INCREMENTAL=0

tokio='tokio = { version = "1", features = ["macros", "rt"] }'
reqwest() { printf 'reqwest = { version = "0.13", default-features = false, features = ["gzip", "http2", "json", "query", "system-proxy", "%s"] }\nserde = { version = "1", features = ["derive"] }\nserde_json = "1"\n' "$1"; }

# program NAME MAIN DEPENDENCIES: a program with the versions that this project has locked.
program() {
    mkdir -p "$scratch/$1/src"
    printf '[package]\nname = "hello"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n\n[dependencies]\n%s\n' "$3" >"$scratch/$1/Cargo.toml"
    printf '#[tokio::main(flavor = "current_thread")]\nasync fn main() {\n    %s;\n}\n' "$2" >"$scratch/$1/src/main.rs"
    cp "$root/Cargo.lock" "$scratch/$1/"
    (cd "$scratch/$1" && cargo fetch --quiet)
}

# build NAME FOLDER ARGUMENTS: prints a row of the table. The first of each repetition is the base.
build() {
    local name=$1 folder=$2 crates times
    shift 2
    export CARGO_TARGET_DIR=$scratch/target
    rm -rf "$CARGO_TARGET_DIR"
    crates=$(cd "$folder" && cargo tree --edges normal,build --prefix none --no-dedupe "$@" | sed 's/ (.*//' | sort -u | wc -l)
    (cd "$folder" && TIMEFORMAT='%U %S %R' && time cargo build --quiet "$@" 2>"$scratch/errors") 2>"$scratch/times" ||
        { cat "$scratch/errors" >&2 && return 1; }
    times=$(<"$scratch/times")
    base=${base:-$crates $times}
    awk -v name="$name" '{ of = $6 + $7; printf "| %s | %d | %.1f | %.1f | %.2f × | %.2f × | %.2f × |\n",
        name, $1, $2 + $3, $4, $1 / $5, ($2 + $3) / of, $4 / $8 }' <<<"$crates $times $base"
}

get='let _ = reqwest::get("https://example.com").await'
program reqwest "$get" "$(reqwest rustls-no-provider)
rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\"] }
$tokio"
program aws-lc-rs "$get" "$(reqwest rustls)
$tokio"
program native-tls "$get" "$(reqwest native-tls)
$tokio"
program ours 'let _ = cloudflare_user_groups::Client::from_env()' "cloudflare-user-groups = { path = \"$root\" }
$tokio"

printf '| clean debug build | crates | CPU, s | time, s | crates, of reqwest | CPU, of reqwest | time, of reqwest |\n'
printf '| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n'
for _ in $(seq "${1:-2}"); do
    base=
    build "reqwest, rustls with ring" "$scratch/reqwest"
    build "cloudflare-user-groups" "$scratch/ours"
    build "reqwest, rustls with aws-lc-rs" "$scratch/aws-lc-rs"
    build "reqwest, native-tls" "$scratch/native-tls"
    build "this package itself" "$root" --package cloudflare-user-groups
    build "this package itself, with codegen" "$root" --package cloudflare-user-groups --features codegen
done
