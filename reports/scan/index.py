"""The index of a scanned collection: one HTML page that needs no network, with thumbnails beside it where they are many."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from ...explain.scan import Scan
from ...explain.scan.repeats import Group
from ...explain.scan.row import score
from ...synth_distort import DISTORTIONS
from ...synth_distort.files import printable, write_file
from ..templates import page_template

INDEX, THUMBNAILS = "index.html", "thumbnails.js"
LARGEST_PAGE = 6_000_000  # bytes of thumbnails in the page itself; more go into a file beside it
STRIP = 8  # thumbnails that show a finding
BINS = 20
DARK = 0.25  # mean level under which a photo is dark


def write_index(scan: Scan, folder: Path, *, reports: Mapping[str, str] | None = None) -> Path:
    """Write the index of `scan` to `folder`, and return its path.

    Args:
        scan: with at least one photo that was read, or one that could not be.
        folder: where the page goes; photos and reports are linked from there.
        reports: of some photos, the report's path in `folder`, by the photo's path.
    """
    rows, groups = scan.rows, scan.repeats
    names = _short_names([row["path"] for row in rows])
    thumbnails = [base64.b64encode(row["thumbnail"]).decode() for row in rows]
    beside = sum(map(len, thumbnails)) > LARGEST_PAGE
    pictures = "const THUMBNAILS = " + _json(thumbnails)
    if beside:
        write_file(folder / THUMBNAILS, pictures.encode())
    else:
        (folder / THUMBNAILS).unlink(missing_ok=True)
    place = {row["path"]: index for index, row in enumerate(rows)}
    page = page_template("scan/index.html.j2").render(
        count=len(rows),
        failed={printable(path): sentence for path, sentence in scan.failed.items()},
        others=_others(scan.others, folder),
        median=float(np.median([score(row) for row in rows])) if rows else None,
        with_findings=sum(bool(row["findings"]) for row in rows),
        dark=sum(row["mean_luma"] < DARK * 255 for row in rows),
        spare=sum(len(group.others) for group in groups),
        cameras=Counter(row["camera"] for row in rows if row["camera"]).most_common(),
        findings=_families(rows),
        distributions=_distributions(rows),
        timeline=_timeline(rows),
        groups=[_shown_group(group, place, names) for group in groups],
        outliers=_outliers(rows),
        photos=_json(_records(rows, names, groups, folder, reports or {})),
        pictures=None if beside else pictures,
        model=rows[0]["model"][:16] if rows else "",
        version=rows[0]["blemish"] if rows else "",
    )
    write_file(folder / INDEX, page.encode(errors="backslashreplace"))
    return folder / INDEX


def _records(
    rows: Sequence[dict], names: Sequence[str], groups: Sequence[Group], folder: Path, reports: Mapping[str, str]
) -> list[dict]:
    """What the page's script sorts and filters by, of each photo."""
    named = dict(zip([row["path"] for row in rows], names, strict=True))
    worse = {
        path: (number, f"beside {os.path.basename(named[group.best])}: {why}")
        for number, group in enumerate(groups)
        for path, why in group.others
    }
    best = {group.best: (number, f"keep: {group.because}") for number, group in enumerate(groups)}
    records = []
    for row, name in zip(rows, names, strict=True):
        number, why = worse.get(row["path"]) or best.get(row["path"]) or (-1, "")
        records.append(
            {
                "name": name,
                "file": _address(row["path"], folder),
                "report": quote(reports[row["path"]]) if row["path"] in reports else None,
                "score": round(score(row), 1),
                "severity": round(row["overall_severity"], 2),
                "findings": [[one["name"], DISTORTIONS[one["name"]].title, one["severity"]] for one in row["findings"]],
                "camera": row["camera"] or "",
                "iso": row["iso"] or 0,
                "width": row["width"] or 0,
                "height": row["height"] or 0,
                "brightness": round(row["mean_luma"] / 255, 3),
                "taken": row["taken"] or "",
                "group": number,
                "spare": row["path"] in worse,
                "why": why,
                "unlike": not row["in_distribution"],
            }
        )
    return records


def _others(rows: Sequence[dict], folder: Path) -> list[dict]:
    """Pictures that are no photographs: name, address and thumbnail."""
    names = _short_names([row["path"] for row in rows])
    pictures = [base64.b64encode(row["thumbnail"]).decode() for row in rows]
    return [
        {"name": name, "file": _address(row["path"], folder), "picture": picture}
        for row, name, picture in zip(rows, names, pictures, strict=True)
    ]


def _families(rows: Sequence[dict]) -> list[dict]:
    """Findings by family: how many photos, how severe, and the photos that show it most."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for index, row in enumerate(rows):
        for one in row["findings"]:
            found[one["name"]].append((one["severity"], index))
    families: dict[str, list[dict]] = defaultdict(list)
    for name, cases in found.items():
        worst = [index for _, index in sorted(cases, reverse=True)[:STRIP]]
        mean = float(np.mean([severity for severity, _ in cases]))
        entry = DISTORTIONS[name]
        families[entry.family].append(
            {"name": name, "title": entry.title, "count": len(cases), "severity": mean, "worst": worst}
        )
    ordered = sorted(families.items(), key=lambda family: -sum(one["count"] for one in family[1]))
    return [{"family": name, "findings": sorted(some, key=lambda one: -one["count"])} for name, some in ordered]


def _distributions(rows: Sequence[dict]) -> list[dict]:
    """Histograms, as counts between limits."""
    if not rows:
        return []
    wanted = [
        ("Score", "predicted MOS, 0 (bad) to 100 (excellent)", [score(row) for row in rows], (0, 100)),
        (
            "Overall severity",
            "0 (imperceptible) to 1 (very annoying)",
            [row["overall_severity"] for row in rows],
            (0, 1),
        ),
        ("Brightness", "mean level, 0 (black) to 1 (white)", [row["mean_luma"] / 255 for row in rows], (0, 1)),
        ("Megapixels", "", [(row["width"] or 0) * (row["height"] or 0) / 1e6 for row in rows], None),
    ]
    drawn = []
    for title, unit, values, limits in wanted:
        counts, edges = np.histogram(values, BINS, range=limits or (0, max(values) or 1))
        bars = [
            {
                "count": int(count),
                "from": f"{low:.3g}",
                "to": f"{high:.3g}",
                "share": float(count / max(1, counts.max())),
            }
            for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
        ]
        drawn.append({"title": title, "unit": unit, "bars": bars, "most": int(counts.max())})
    return drawn


def _timeline(rows: Sequence[dict]) -> list[dict]:
    """Photos by day, or by month where there are many days: how many, and their median score."""
    timed = [row for row in rows if row["taken"]]
    digits = 10 if len({row["taken"][:10] for row in timed}) <= 60 else 7
    times: dict[str, list[float]] = defaultdict(list)
    for row in timed:
        times[row["taken"][:digits]].append(score(row))
    most = max(map(len, times.values()), default=1)
    return [
        {"time": time, "count": len(scores), "median": float(np.median(scores)), "share": len(scores) / most}
        for time, scores in sorted(times.items())
    ]


def _shown_group(group: Group, place: Mapping[str, int], names: Sequence[str]) -> dict:
    return {
        "kind": group.kind,
        "best": place[group.best],
        "name": names[place[group.best]],
        "because": group.because,
        "others": [(place[path], names[place[path]], why) for path, why in group.others],
    }


def _outliers(rows: Sequence[dict]) -> list[tuple[int, str]]:
    """Photos unlike the others, the oddest first: index and why. Robust z-scores (Iglewicz and Hoaglin 1993), 3.5 and more."""
    odd: dict[int, list[str]] = {
        index: ["unlike the training set"] for index, row in enumerate(rows) if not row["in_distribution"]
    }
    strength: dict[int, float] = dict.fromkeys(odd, 3.5)
    for name, low, high in (
        ("edge_width_sharpest", "sharp", "soft"),
        ("noise_luma", "clean", "noisy"),
        ("mean_luma", "dark", "bright"),
    ):
        values = np.log(np.array([row[name] for row in rows], float) + 0.01)  # not a number where it is not measurable
        if np.isfinite(values).sum() < 8:
            continue
        middle = np.nanmedian(values)
        scores = 0.6745 * np.nan_to_num(values - middle) / max(np.nanmedian(np.abs(values - middle)), 1e-6)
        for index in np.flatnonzero(np.abs(scores) >= 3.5).tolist():
            odd.setdefault(index, []).append(f"unusually {high if scores[index] > 0 else low}")
            strength[index] = max(strength.get(index, 0.0), abs(float(scores[index])))
    return [(index, ", ".join(odd[index])) for index in sorted(odd, key=lambda one: -strength[one])[:40]]


def _short_names(paths: Sequence[str]) -> list[str]:
    """Paths as a person reads them, without the folders that all share."""
    if not paths:
        return []
    shared = (
        os.path.commonpath([os.path.dirname(path) or "." for path in paths])
        if len(set(map(os.path.isabs, paths))) == 1
        else ""
    )
    return [printable(os.path.relpath(path, shared) if shared else path) for path in paths]


def _address(path: str, folder: Path) -> str:
    """The photo's address as the page in `folder` links it."""
    return quote(os.fsencode(os.path.relpath(path, folder)))


def _json(content: object) -> str:
    """JSON that can stand in a script of a page."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
