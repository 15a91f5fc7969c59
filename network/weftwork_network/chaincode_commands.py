"""The command `weftwork chaincode`: a chaincode's life, for all departments or as one of them."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from weftwork_network.acting import Acting, Approved
from weftwork_network.approving import why_not
from weftwork_network.chaincodes import Chaincodes, Readiness
from weftwork_network.console import ConsoleProgress, failures_in_words, show_json
from weftwork_network.deploying import Change
from weftwork_network.develop import command as develop_command
from weftwork_network.errors import NetworkError
from weftwork_network.faults import did_you_mean, shown
from weftwork_network.network import Network
from weftwork_network.packages import read_package
from weftwork_network.scaffold import command as scaffold_command
from weftwork_network.scaffold.workplace import find_workplace, opened
from weftwork_network.topology import Chaincode
from weftwork_network.versions import DepartmentVersion, earlier_versions, read_versions

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Chaincodes: made, tested, developed; packaged, approved, deployed, rolled back.",
)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Name = Annotated[str, typer.Argument(help="The chaincode.")]
Names = Annotated[list[str] | None, typer.Argument(help="Chaincodes; all when none is named.")]
As = Annotated[str, typer.Option("--as", help="The department that acts, with its keys alone.")]
File = Annotated[
    Path | None, typer.Option("--package", help="A package file; else the code here is packaged.")
]

Found = Annotated[
    Path | None,
    typer.Option(
        "--folder",
        "-C",
        "--network",
        help="The network's project folder; by itself the nearest from here upwards.",
    ),
]

app.command()(scaffold_command.new)
app.command(context_settings=scaffold_command.PASSED_ON)(scaffold_command.test)
app.command()(develop_command.dev)


@app.command()
def package(
    names: Names = None,
    to: Annotated[Path | None, typer.Option("--to", help="The folder to write into.")] = None,
    folder: Found = None,
    as_json: Json = False,
) -> None:
    """Write the files that departments pass to one another: the code, and one id for everybody."""
    with failures_in_words(as_json=as_json):
        files = Chaincodes(opened(folder)).package(names or [], to)
        if as_json:
            show_json({"written": [str(file) for file in files]})
        else:
            for file in files:
                typer.echo(f"wrote {shown(file)}")


@app.command()
def install(
    file: Annotated[Path, typer.Argument(help="The package file.")],
    department: As,
    folder: Found = None,
    as_json: Json = False,
) -> None:
    """Install a package on one department's peers and start its code; approves nothing."""
    with failures_in_words(as_json=as_json):
        network = opened(folder)
        found = _acting(network, department).install(file)
        if as_json:
            show_json({"chaincode": found.name, "version": found.version, "package_id": found.id})
        else:
            typer.echo(f"installed {found.name} {found.version} as {department}: {found.id}")


@app.command()
def approve(
    name: Name,
    department: As,
    file: File = None,
    sequence: Annotated[
        int | None, typer.Option(min=1, help="Of the definition; the next one by itself.")
    ] = None,
    folder: Found = None,
    as_json: Json = False,
) -> None:
    """Approve a chaincode as one department, with its keys alone; its new code is started first."""
    with failures_in_words(as_json=as_json), ConsoleProgress(quiet=as_json) as progress:
        network = opened(folder)
        approved = _acting(network, department).approve(
            name, file=file, sequence=sequence, progress=progress
        )
    if as_json:
        show_json({"approved": [asdict(each) for each in approved]})
    else:
        for each in approved:
            typer.echo(_approved_line(each))


@app.command()
def ready(
    names: Names = None,
    file: File = None,
    folder: Found = None,
    as_json: Json = False,
) -> None:
    """Show which department has approved what comes next, and why not. Exit 1 when one has not."""
    with failures_in_words(as_json=as_json):
        chaincodes = Chaincodes(opened(folder))
        wanted = names or [read_package(file).name if file else None]
        found = [each for name in wanted for each in chaincodes.ready(name, file=file)]
        if as_json:
            show_json({"ready": [asdict(each) for each in found]})
        else:
            _show_ready(found)
    if any(fields is not None for each in found for fields in each.departments.values()):
        raise typer.Exit(1)


@app.command()
def commit(name: Name, department: As, folder: Found = None, as_json: Json = False) -> None:
    """Commit as one department what it and enough others have approved."""
    with failures_in_words(as_json=as_json):
        network = opened(folder)
        changes = _acting(network, department).commit(name)
        _show_changes(changes, as_json)


@app.command()
def deploy(names: Names = None, folder: Found = None, as_json: Json = False) -> None:
    """Install, approve as each department, commit: the code and the definition of now.

    In a chaincode's folder that one, which a network that does not know it learns of: it is
    written into network.yaml. Transactions go on meanwhile: new code answers beside the old before
    anybody approves it.
    """
    with failures_in_words(as_json=as_json), ConsoleProgress(quiet=as_json) as progress:
        place = find_workplace(names or [], folder)
        with place.joined(progress.say) as network:
            changes = Chaincodes(network).deploy(place.names, progress)
    _show_changes(changes, as_json)


@app.command()
def rollback(
    name: Name,
    to: Annotated[
        str | None, typer.Option("--to", help="The version; the one before by itself.")
    ] = None,
    folder: Found = None,
    as_json: Json = False,
) -> None:
    """Deploy an earlier package, as the next sequence; it stays until the code here changes."""
    with failures_in_words(as_json=as_json), ConsoleProgress(quiet=as_json) as progress:
        changes = Chaincodes(opened(folder)).rollback(name, to, progress)
    _show_changes(changes, as_json)


@app.command()
def versions(names: Names = None, folder: Found = None, as_json: Json = False) -> None:
    """Show what each department approved and runs. Exit 1 when departments are not at one."""
    with failures_in_words(as_json=as_json):
        network = opened(folder)
        found = read_versions(network, names or [])
        if as_json:
            rows = [{**asdict(each), "remark": each.remark} for each in found]
            before = {
                each.name: earlier_versions(network, each.name) for each in _named(network, names)
            }
            show_json({"versions": rows, "before": before})
        else:
            _show_versions(found)
    if any(each.remark for each in found):
        raise typer.Exit(1)


def _named(network: Network, names: Sequence[str] | None) -> list[Chaincode]:
    return [each for each in network.topology.chaincodes if not names or each.name in names]


def _acting(network: Network, name: str) -> Acting:
    """A department. Raises NetworkError where there is none of that name."""
    try:
        return Acting(network, name)
    except KeyError:
        known = [member.name for member in network.topology.members]
        raise NetworkError(f"no department '{name}'{did_you_mean(name, known)}") from None


def _approved_line(approved: Approved) -> str:
    done = "approved" if approved.new else "had approved"
    how = "" if approved.runs else ", without running it"
    return (
        f"{approved.department} {done} {approved.chaincode} {approved.version} "
        f"(sequence {approved.sequence}) on {approved.channel}{how}"
    )


def _show_changes(changes: Sequence[Change], as_json: bool) -> None:
    if as_json:
        show_json({"changes": [asdict(each) for each in changes]})
        return
    for each in changes:
        why = f", {each.why} changed" if each.why else ""
        typer.echo(
            f"{each.chaincode} {each.version} is sequence {each.sequence} on {each.channel}{why}"
        )
    if not changes:
        typer.echo("nothing to do: the channels have it already")


def _show_ready(found: Sequence[Readiness]) -> None:
    for each in found:
        head = f"{each.chaincode} {each.version} (sequence {each.sequence}) on {each.channel}"
        typer.echo(f"{head}: committed" if each.committed else f"{head}:")
        for mspid, fields in each.departments.items():
            typer.echo(
                f"  {mspid} has approved it" if fields is None else f"  {why_not(mspid, fields)}"
            )


def _show_versions(found: Sequence[DepartmentVersion]) -> None:
    table = Table(box=None)
    for column in ("chaincode", "department", "committed", "approved", "serves", "answers", ""):
        table.add_column(column)
    several = len({each.channel for each in found}) > 1
    for each in found:
        name = f"{each.chaincode} on {each.channel}" if several else each.chaincode
        table.add_row(
            name,
            each.department,
            f"{each.sequence}: {each.version}" if each.sequence else "",
            f"{each.approved_sequence}: {each.approved_version}" if each.approved_sequence else "",
            ", ".join(each.serves),
            each.answers,
            f"[yellow]{each.remark}[/yellow]" if each.remark else "",
        )
    # Wide enough for every column where the output is no terminal that says how wide it is.
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=200)).print(table)
