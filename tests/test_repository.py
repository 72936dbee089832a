"""Promises of the repository as a whole: sizes, links, the lock, the image, the front doors."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
MAX_LINES = 300

#: Files allowed to be longer, each with its reason.
LONGER: dict[str, str] = {}

ELSEWHERE_CONFIGURED = re.compile(
    r"(setup\.(cfg|py)|tox\.ini|noxfile\.py|pytest\.ini|\.?mypy\.ini|\.?ruff\.toml|\.flake8|"
    r"\.pylintrc|\.coveragerc|\.isort\.cfg|\.importlinter|pyrightconfig\.json|uv\.toml)"
)
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:home|root|work|Users)/")
REGISTRY = re.compile(
    r"pypi\.(?:org|python)|python[h]osted|registry\.npmjs|yarnpkg\.com|proxy\.golang|"
    r"(?:extra-)?index-url[ =]+\S+:|trusted-[h]ost"
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
NAMED_PATH = re.compile(r"`((?:bridge|docs|tests|rules|\.ci)/[\w./-]+)`")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def git_files(pattern: str = "*") -> list[Path]:
    """Give what is tracked, and what is about to be."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("needs a git checkout")
    paths = (REPOSITORY / name for name in listed.stdout.split("\0") if name)
    return sorted({path for path in paths if path.is_file()})


def relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def said_at(path: Path, found: re.Match[str]) -> str:
    line = found.string.count("\n", 0, found.start()) + 1
    return f"{relative(path)}:{line}: {found[0]}"


def test_no_module_is_too_long_to_be_one_thing() -> None:
    long = {relative(p): len(text(p).splitlines()) for p in git_files("bridge/*.py")}
    too_long = {name: n for name, n in long.items() if n > MAX_LINES and name not in LONGER}
    assert not too_long
    assert all(long.get(name, 0) > MAX_LINES for name in LONGER), "take it off the list"


@pytest.mark.parametrize("unwanted", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_file_names_a_machine_or_a_package_registry(unwanted: re.Pattern[str]) -> None:
    found = [said_at(p, m) for p in git_files() if (m := unwanted.search(text(p)))]
    assert not found


def test_pyproject_is_the_only_tool_configuration() -> None:
    assert not [relative(p) for p in git_files() if ELSEWHERE_CONFIGURED.fullmatch(p.name)]


def test_everything_locked_is_pinned_and_hashed_and_names_no_place() -> None:
    lock = text(REPOSITORY / "requirements.lock").replace("\\\n", " ")
    entries = [line for line in lock.splitlines() if line.strip() and not line.startswith("#")]
    pinned = re.compile(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+( ; .+?)?( +--hash=sha256:[0-9a-f]{64})+ *")
    assert len(entries) > 30
    assert not [entry[:80] for entry in entries if not pinned.fullmatch(entry)]


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads(text(REPOSITORY / "pyproject.toml"))
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["postgres"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[<>=~! ]", wish)[0].lower() for wish in wanted}
    lock = text(REPOSITORY / "requirements.lock")
    assert not [name for name in names if not re.search(rf"(?m)^{re.escape(name)}(\[|==)", lock)]


def slug(heading: str) -> str:
    """Give a heading's anchor as code forges do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def missing_target(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(REPOSITORY):
        return True
    return bool(anchor) and anchor not in {slug(h) for h in HEADING.findall(text(target))}


def test_every_link_between_documents_leads_somewhere() -> None:
    links = [(p, m) for p in git_files("*.md") for m in LINK.finditer(text(p))]
    local = [(p, m) for p, m in links if not re.match(r"[a-z]+:", m[1])]
    assert local
    assert not [said_at(p, m) for p, m in local if missing_target(p, m[1])]


def test_every_path_that_a_document_names_exists() -> None:
    named = [(p, m) for p in git_files("*.md") for m in NAMED_PATH.finditer(text(p))]
    assert not [said_at(p, m) for p, m in named if not (REPOSITORY / m[1]).exists()]


def test_every_document_is_on_the_map() -> None:
    index = REPOSITORY / "docs" / "index.md"
    listed = {(index.parent / m[1].partition("#")[0]).resolve() for m in LINK.finditer(text(index))}
    assert not [relative(p) for p in git_files("docs/*.md") if p != index and p not in listed]


def test_every_decision_is_one_page_with_context_decision_and_consequences() -> None:
    for number, page in enumerate(git_files("docs/adr/*.md"), start=1):
        headings = HEADING.findall(text(page))
        assert page.name.startswith(f"{number:04}-")
        assert headings[0].startswith(f"{number}. "), page.name
        assert headings[1:] == ["Context", "Decision", "Consequences"], page.name
        assert len(text(page).split()) < 450, page.name


def test_make_help_lists_every_verb() -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make")
    makefile = text(REPOSITORY / "Makefile")
    verbs = set(re.findall(r"(?m)^([a-z][a-z-]*):(?!=)", makefile))
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"(?m)^ +make ([a-z-]+) +\S", shown.stdout)) == verbs
    phony = re.search(r"(?m)^\.PHONY: (.+)$", makefile)
    assert phony is not None
    assert set(phony[1].split()) == verbs


def stub(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run_ci(folder: Path, *, uid: int, make: str = "true", apt_get: str = "true") -> tuple[int, str]:
    """Run .ci/run on a machine that has nothing but stand-ins; give its status and its calls."""
    calls = folder / "calls"
    for tool in ("bash", "dirname", "timeout"):
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    stub(folder, "python3", "true")
    stub(folder, "id", f"echo {uid}")
    stub(folder, "make", f'echo "make $*" >>{calls}; {make}')
    stub(folder, "apt-get", f'echo "apt-get $*" >>{calls}; {apt_get}')
    ran = subprocess.run(
        ["bash", REPOSITORY / ".ci" / "run"],
        env={"PATH": str(folder)},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return ran.returncode, calls.read_text()


def test_ci_checks_and_then_tests_and_tries_the_bench(tmp_path: Path) -> None:
    assert run_ci(tmp_path, uid=1000) == (0, "make check\nmake test\nmake bench-smoke\n")


def test_ci_fails_when_a_check_fails(tmp_path: Path) -> None:
    assert run_ci(tmp_path, uid=1000, make="exit 3") == (3, "make check\n")


def test_ci_goes_on_when_alertmanager_cannot_be_installed(tmp_path: Path) -> None:
    status, calls = run_ci(tmp_path, uid=0, apt_get="exit 100")
    assert status == 0
    assert re.search(r"(?m)^apt-get install .*prometheus-alertmanager$", calls)
    assert calls.endswith("make check\nmake test\nmake bench-smoke\n")


def copied_into_the_image() -> set[str]:
    copies = re.findall(r"(?m)^COPY (?!--from)(.+)$", text(REPOSITORY / "Dockerfile"))
    return {source for copy in copies for source in copy.split()[:-1]}


def test_the_image_copies_only_what_exists_and_is_not_ignored() -> None:
    ignored = text(REPOSITORY / ".dockerignore").splitlines()
    for source in copied_into_the_image():
        assert (REPOSITORY / source).exists(), source
        assert f"!{source}" in ignored, source


def test_the_image_has_everything_that_the_wheel_is_built_from() -> None:
    project = tomllib.loads(text(REPOSITORY / "pyproject.toml"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {
        "pyproject.toml",
        project["project"]["readme"],
        *project["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    }
    assert needed <= copied_into_the_image()
