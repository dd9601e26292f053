"""`kedge monitor report`: the page of a run, from its folder."""

from pathlib import Path

from kedge_monitor.baseline.folder import BaselineUnusable
from kedge_monitor.files.run_files import COMPARISON, PROFILE, read_comparison
from kedge_monitor.profile.stored import decode_profile
from kedge_monitor.report.page import RunFacts, render_report
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.data import WrongInput, check_exists
from workbench.cli.monitor.measuring.runs import BASELINE, REPORT, read_run
from workbench.cli.monitor.measuring.screen import print_line
from workbench.cli.monitor.measuring.settings import load_baseline
from workbench.cli.monitor.measuring.work import finish, print_json


def write_page(folder: Path, baseline: Path | None, out: Path | None, *, as_json: bool) -> Exit:
    """Write the page of the run in a folder, print its path, and return the exit code."""

    def work() -> None:
        file = out or folder / REPORT
        text = render_folder(folder, baseline)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        if as_json:
            print_json({"report": str(file)})
        else:
            print_line(str(file))

    return finish("report", work)


def render_folder(folder: Path, given: Path | None) -> str:
    """Return the page of the run in a folder.

    Raises:
        WrongInput: the folder has no run, or the baseline is absent or not that of the run.
        FileUnreadable, ProfileUnreadable: a file of the run is damaged.
    """
    check_exists(folder)
    for name in (COMPARISON, PROFILE):
        if not (folder / name).is_file():
            raise WrongInput(f"{folder} has no {name}. Name the folder of a run: kedge monitor run … --out {folder}.")
    if given is None and not (folder / BASELINE).is_dir():
        raise WrongInput(f"{folder} has no baseline in it. Set --baseline to the folder of the run's baseline.")
    try:
        baseline, _, place = load_baseline(given or folder / BASELINE)
    except BaselineUnusable as error:
        raise WrongInput(str(error)) from None
    run = read_run(folder)
    if run is not None and run.digest != baseline.digest:
        raise WrongInput(
            f"The run was compared with version {run.digest[:12]} of the baseline, and {place} is version "
            f"{baseline.digest[:12]}. Set --baseline to the folder of that version."
        )
    facts = RunFacts(title=folder.resolve().name) if run is None else run.facts
    comparison = read_comparison((folder / COMPARISON).read_bytes(), str(folder / COMPARISON))
    window = decode_profile((folder / PROFILE).read_bytes())
    return render_report(facts, baseline, window, comparison, () if run is None else run.sections)
