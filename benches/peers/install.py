"""Installs what is compared into a cache folder outside the tree, and says which versions these are."""

import os
import pathlib
import platform
import subprocess
import sys

TYPESCRIPT_SDK = "7.3.0"
ALCHEMY = "0.30.3"
# Alchemy's client depends on it. The client does not load with beta.107, 4.0.1, 4.0.6 and 4.1.0.
EFFECT = "4.0.0-beta.100"

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
FOLDER = CACHE / "cloudflare-user-groups-peers"
NODE = FOLDER / "node"
PYTHON = FOLDER / "venv/bin/python"
RUST = FOLDER / "target/release/peers"


def install():
    NODE.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(FOLDER / "target")}
    run("cargo", "build", "--quiet", "--release", "--locked", cwd=HERE / "rust", env=environment)
    run(sys.executable, "-m", "venv", FOLDER / "venv")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--requirement", HERE / "requirements.txt")
    (NODE / "package.json").write_text('{"private": true}')
    packages = [f"cloudflare@{TYPESCRIPT_SDK}", f"@distilled.cloud/cloudflare@{ALCHEMY}", f"effect@{EFFECT}"]
    run("npm", "install", "--silent", *packages, cwd=NODE)


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def versions():
    python = dict(line.split("==") for line in lines(HERE / "requirements.txt") if "==" in line)
    lock = (HERE / "rust/Cargo.lock").read_text().split("[[package]]")
    rust = {words[1]: words[3] for words in (part.split('"') for part in lock[1:])}
    return (
        f"{output('rustc', '--version')}, Python {platform.python_version()}, Node {output('node', '--version')}. "
        f"Python SDK {python['cloudflare']} with httpx {python['httpx']} and pydantic {python['pydantic']}, "
        f"TypeScript SDK {TYPESCRIPT_SDK}, alchemy's client {ALCHEMY} with effect {EFFECT}, crate cloudflare {rust['cloudflare']}, hyper {rust['hyper']}"
    )


def lines(path):
    return path.read_text().splitlines()


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
