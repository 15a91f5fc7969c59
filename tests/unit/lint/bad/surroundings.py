"""Environment, locale, files, network, programs."""

import calendar
import glob
import locale
import os
import platform
import socket
import subprocess
import sys
import tempfile
import urllib.request
from os import environ, getenv
from pathlib import Path

from weftwork_chaincode import Context, Contract, submit


class Surroundings(Contract):
    @submit
    async def variable(self, ctx: Context) -> str:
        return os.environ["MODE"]  # bad: environment

    @submit
    async def imported(self, ctx: Context) -> str:
        return environ.get("MODE", "") + (getenv("OTHER") or "")  # bad: environment, environment

    @submit
    async def machine(self, ctx: Context) -> str:
        return platform.node()  # bad: environment

    @submit
    async def host(self, ctx: Context) -> str:
        return socket.gethostname()  # bad: environment

    @submit
    async def version(self, ctx: Context) -> str:
        return sys.version  # bad: environment

    @submit
    async def system(self, ctx: Context) -> bool:
        return sys.platform.startswith("linux")  # bad: environment

    @submit
    async def process(self, ctx: Context) -> int:
        return os.getpid()  # bad: environment

    @submit
    async def home(self, ctx: Context) -> str:
        return str(Path.home())  # bad: environment

    @submit
    async def month(self, ctx: Context, number: int) -> str:
        return calendar.month_name[number]  # bad: locale

    @submit
    async def grouped(self, ctx: Context, fen: int) -> str:
        return f"{fen:n}"  # bad: locale

    @submit
    async def formatted(self, ctx: Context, fen: int) -> str:
        return format(fen, "n") + "{:n}".format(fen)  # bad: locale, locale

    @submit
    async def currency(self, ctx: Context, fen: int) -> str:
        return locale.currency(fen)  # bad: locale

    @submit
    async def day(self, ctx: Context, moment) -> str:
        return moment.strftime("%A")  # bad: locale

    @submit
    async def listed(self, ctx: Context) -> list[str]:
        return os.listdir(".")  # bad: directory-order

    @submit
    async def globbed(self, ctx: Context) -> list[str]:
        return glob.glob("*.json")  # bad: directory-order

    @submit
    async def iterated(self, ctx: Context) -> list[str]:
        return [path.name for path in Path("data").iterdir()]  # bad: directory-order

    @submit
    async def opened(self, ctx: Context) -> str:
        with open("tariff.json") as file:  # bad: file
            return file.read()

    @submit
    async def read(self, ctx: Context) -> str:
        return Path("tariff.json").read_text()  # bad: file

    @submit
    async def kept(self, ctx: Context) -> str:
        with tempfile.NamedTemporaryFile() as file:  # bad: file
            return file.name

    @submit
    async def fetched(self, ctx: Context) -> bytes:
        return urllib.request.urlopen("http://127.0.0.1").read()  # bad: network

    @submit
    async def connected(self, ctx: Context) -> None:
        socket.create_connection(("127.0.0.1", 1))  # bad: network

    @submit
    async def run(self, ctx: Context) -> bytes:
        return subprocess.check_output(["date"])  # bad: subprocess

    @submit
    async def shell(self, ctx: Context) -> int:
        return os.system("true")  # bad: subprocess
