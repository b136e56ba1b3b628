"""What the pages tell a reader to type is typed here; what they tell her to write is read."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from realtime.cli import app
from realtime.config import load
from realtime.config.dialects import spoken
from tests.missing import missing
from tests.nodes import command
from tests.servers.running import Running
from tests.tokens import SECRET

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    page
    for folder in (".", "docs", "examples", "benchmarks")
    for page in (ROOT / folder).glob("*.md")
)
LINKING = [*PAGES, ROOT / "deploy" / "README.md"]
"""Pages whose links and commands are tried; `tests/deploy` reads the files that the last shows."""
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
TRIED = {"sh", "console", "python", "toml", "js", "json", "text", "nginx"}
BIN = Path(sys.executable).parent
LISTENS = r"http://\S+:(\d+)/healthz"


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    kind: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The commands of a block for a shell, without their comments."""
        return [line for line in re.sub(r"\s+#.*", "", self.text).splitlines() if line.strip()]


def blocks(*kinds: str) -> list[Block]:
    found = (
        Block(page.relative_to(ROOT).as_posix(), kind, re.sub(f"^{indent}", "", text, flags=re.M))
        for page in PAGES
        for indent, kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))
    )
    return [block for block in found if not kinds or block.kind in kinds]


def lines_of(*kinds: str) -> list[str]:
    return list(dict.fromkeys(line for block in blocks(*kinds) for line in block.lines))


def inline() -> Iterator[str]:
    """Commands within a sentence."""
    for page in LINKING:
        prose = BLOCK.sub("", page.read_text(encoding="utf-8"))
        yield from re.findall(r"`([^`\n]+)`", prose)


def parted(line: str) -> tuple[dict[str, str], list[str]]:
    """The variables in front of a command, and its words."""
    words = shlex.split(line.replace("…", "..."))
    count = next((i for i, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words))
    return dict(word.split("=", 1) for word in words[:count]), words[count:]


def commands(program: str) -> list[str]:
    """Every call of a program that a page names, in a block or in a sentence."""
    found = (*lines_of("sh"), *(line.removeprefix("$ ") for line in lines_of("console")), *inline())
    typed = (line for line in found if re.match(rf"([A-Z_]+=\S+ )*(\S*/)?{program} ", line))
    return list(dict.fromkeys(typed))


def test_every_block_says_what_it_is() -> None:
    assert [block for block in blocks() if block.kind not in TRIED] == []
    assert {block.kind for block in blocks()} == TRIED


def test_every_page_that_is_linked_is_there() -> None:
    links = [
        (page, link)
        for page in LINKING
        for link in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    ]

    assert len(links) > 10
    assert [(p.name, link) for p, link in links if not (p.parent / link).exists()] == []


@pytest.mark.parametrize("line", commands("make"))
def test_make_knows_what_it_is_told(line: str) -> None:
    if shutil.which("make") is None:
        missing("make", "apt install make")
    _, words = parted(line)
    subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("line", commands("realtime"))
def test_the_command_has_what_a_page_says_it_has(line: str) -> None:
    _, words = parted(line)
    found: Any = typer.main.get_command(app)
    for word in words[1:]:
        if hasattr(found, "commands") and not word.startswith("-"):
            assert word in found.commands, line
            found = found.commands[word]
        elif word.startswith("-"):
            assert word.partition("=")[0] in {name for p in found.params for name in p.opts}, line


def test_the_command_is_where_the_readme_says() -> None:
    assert "`.venv/bin/realtime`" in (ROOT / "README.md").read_text(encoding="utf-8")
    printed = subprocess.run([BIN / "realtime", "--help"], check=True, capture_output=True)
    assert b"serve" in printed.stdout


@pytest.mark.parametrize("line", commands("python -m"))
def test_a_module_that_a_page_runs_is_there(line: str) -> None:
    assert importlib.util.find_spec(parted(line)[1][2]) is not None


@pytest.mark.parametrize("block", blocks("toml"), ids=lambda block: block.page)
def test_a_piece_of_configuration_is_one(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    beside(block, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "realtime.toml"
    file.write_text(block.text, encoding="utf-8")

    assert spoken(load(file, {})).dialects


def beside(block: Block, folder: Path) -> None:
    """Put the page's program where its configuration looks for it."""
    for module in re.findall(r'^modules = \["([a-z.]+)"\]', block.text, re.MULTILINE):
        (program,) = (each for each in blocks("python") if each.page == block.page)
        file = folder.joinpath(*module.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True)
        file.write_text(program.text, encoding="utf-8")


@pytest.mark.parametrize("block", blocks("js"), ids=lambda block: block.page)
def test_a_piece_of_javascript_is_some(block: Block, tmp_path: Path) -> None:
    node = shutil.which("node") or missing("node", "install Node 18 or newer")
    file = tmp_path / "piece.mjs"
    file.write_text(block.text, encoding="utf-8")
    subprocess.run([node, "--check", file], check=True)


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.page)
def test_a_piece_of_json_is_some(block: Block) -> None:
    assert isinstance(json.loads(block.text), dict)


EXAMPLES = {file.read_text(encoding="utf-8") for file in (ROOT / "examples").glob("*.py")}
"""Shown on pages too, and run by tests of their own."""


@pytest.mark.parametrize(
    "block",
    [block for block in blocks("python") if block.text not in EXAMPLES],
    ids=lambda block: block.page,
)
def test_a_program_in_python_runs_as_it_stands(block: Block, tmp_path: Path) -> None:
    variables = {"REALTIME_DATA_DIR": str(tmp_path), "PORT": "0"}
    assert command("migrate", variables=variables, cwd=tmp_path).wait() == 0
    program = Running(
        sys.executable, "-c", block.text, env={**os.environ, **variables}, cwd=tmp_path
    )

    assert program.wait() == 0, "\n".join(program.lines)


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.page)
def test_a_command_prints_what_the_page_shows(block: Block, tmp_path: Path) -> None:
    typed, *shown = block.lines
    variables, words = parted(typed.removeprefix("$ "))
    ended = command(*words[1:], variables=variables, cwd=tmp_path)
    ended.wait()

    assert list(ended.lines) == shown


def test_the_deployment_of_the_readme_migrates_and_serves(
    postgres_url: str, tmp_path: Path
) -> None:
    deployed = [line for line in lines_of("sh") if "DATABASE_URL" in line]
    given = {"DATABASE_URL": postgres_url, "JWT_SECRET": SECRET, "PORT": "0"}
    (written, migrate), (_, serve) = map(parted, deployed)

    migrated = command(*migrate[1:], variables={**written, **given}, cwd=tmp_path)
    assert migrated.wait() == 0, "\n".join(migrated.lines)
    running = command(*serve[1:], variables={**written, **given}, cwd=tmp_path)
    running.wait_until_said(LISTENS)

    assert running.stop() == 0


def test_the_procfile_serves_until_it_is_stopped(postgres_url: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("honcho") is None:
        missing("honcho", "pip install honcho")
    shutil.copy(ROOT / "Procfile", tmp_path)
    own = {"DATABASE_URL": postgres_url, "JWT_SECRET": SECRET, "PYTHONUNBUFFERED": "1"}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    honcho = Running(
        *(sys.executable, "-m", "honcho", "start", "--port", "0"),
        env={**own, "PATH": path},
        cwd=tmp_path,
    )
    honcho.wait_until_said(LISTENS)

    assert honcho.child.poll() is None
    honcho.stop()
    assert honcho.said("stopped|SIGTERM")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server is that the examples' page starts first."""
    line = next(line for line in lines_of("sh") if "SERVER_API_KEY" in line and "make run" in line)
    variables, _ = parted(line)
    folder = tmp_path_factory.mktemp("examples")
    running = command("serve", variables={**variables, "PORT": "0"}, cwd=folder)
    yield f"http://localhost:{running.wait_until_said(LISTENS)[1]}"
    running.stop()


@pytest.mark.parametrize("line", [line for line in lines_of("sh") if "examples/" in line])
def test_an_example_runs_as_its_page_says(line: str, serving: str) -> None:
    variables, words = parted(line)
    program = {".venv/bin/python": sys.executable}.get(words[0], words[0])
    if shutil.which(program) is None:
        missing(program, f"install {program}")
    assert variables["REALTIME_URL"] == "http://localhost:3000"
    ended = subprocess.run(
        [program, *words[1:]],
        env={**os.environ, **variables, "REALTIME_URL": serving},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_no_command_of_a_page_is_left_untried() -> None:
    tried = {"make", "realtime", "sh", "node", ".venv/bin/python"}

    assert {parted(line)[1][0] for line in lines_of("sh")} <= tried
