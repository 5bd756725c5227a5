"""Published data sets in miniature: the files of each release, with a few photos that are empty files."""

import csv

import numpy as np
import openpyxl
import scipy.io

LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


def write_csv(path, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)


def write_xlsx(path, sheet, *rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = openpyxl.Workbook()
    workbook.create_sheet(sheet)
    for row in rows:
        workbook[sheet].append(row)
    workbook.save(path)


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def cells(*texts):
    return np.array(texts, dtype=object)


def live_itw(folder, scores, training=7):
    names = [f"t{k}.bmp" for k in range(training)] + [f"{k}.bmp" for k in range(len(scores))]
    touch(folder / "Images", *names[training:])
    touch(folder / "Images/trainingImages", *names[:training])
    (folder / "Data").mkdir()
    scipy.io.savemat(folder / "Data/AllImages_release.mat", {"AllImages_release": cells(*names)[:, None]})
    scipy.io.savemat(folder / "Data/AllMOS_release.mat", {"AllMOS_release": [[40.0] * training + scores]})
    scipy.io.savemat(folder / "Data/AllStdDev_release.mat", {"AllStdDev_release": [[20.0] * len(names)]})


def koniq10k(folder, scores):
    parts = ["training", "validation", "test"] * len(scores)
    rows = [(f"{k}.jpg", 100, score, 0.5, parts[k]) for k, score in enumerate(scores)]
    write_csv(folder / "koniq10k_distributions_sets.csv", ("image_name", "c_total", "MOS", "SD", "set"), *rows)
    touch(folder / "512x384", *(row[0] for row in rows))


def spaq(folder, scores):
    rows = [(f"{k:05}.jpg", score, 50.0) for k, score in enumerate(scores)]
    header = ("Image name", "MOS", "Brightness")
    write_xlsx(folder / "Annotations/MOS and Image attribute scores.xlsx", "Sheet1", header, *rows)
    touch(folder / "TestImage", *(row[0] for row in rows))


def qa4camera(folder, scores):
    for k, score in enumerate(scores):
        scene, name = f"{k + 1:03}", f"A_{k + 1:03}.jpg"
        header = ("Name", "Color", "Exposure", "Noise", "Texture")
        table = folder / f"score_and_sort/Training/score/{scene}_score.csv"
        write_csv(table, header, (name, score - 0.25, score + 0.25, score, score))
        touch(folder / "Training" / scene, name)


def ccriq2_vime1(folder, scores):
    rows = [(f"Pier_{k}.jpg", f"cv_Pier_{k}", score, 0.8, "" if k == 1 else "Pier") for k, score in enumerate(scores)]
    write_xlsx(folder / "mos.xlsx", "MOS", ("file", "name", "mos", "sos", "scene"), *rows)
    touch(folder, *(row[0] for row in rows))


def kadid10k(folder, scores):
    rows = [(f"I01_01_{k:02}.png", "I01.png", score, 0.4) for k, score in enumerate(scores)]
    write_csv(folder / "dmos.csv", ("dist_img", "ref_img", "dmos", "var"), *rows)
    touch(folder / "images", *(row[0] for row in rows))


def tid2013(folder, scores):
    names = [f"{'iI'[k % 2]}01_01_{k}.bmp" for k in range(len(scores))]
    touch(folder / "distorted_images", *names)
    lines = (f"{score:.5f} {name}" for score, name in zip(scores, names, strict=True))
    (folder / "mos_with_names.txt").write_text("\r\n".join(lines) + "\r\n")


def csiq(folder, scores):
    kinds = [("jpeg 2000", "jpeg2000", "jpeg2000"), ("noise", "awgn", "AWGN"), ("contrast", "contrast", "contrast")]
    rows = [(None, None, None, 1600, k, kinds[k % 3][0], k + 1, 0.05, score) for k, score in enumerate(scores)]
    header = (None, None, None, "image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos")
    write_xlsx(folder / "csiq.DMOS.xlsx", "all_by_image", (), ("CSIQ",), header, *rows, (None,) * 9)
    touch(folder / "dst_imgs", *(f"{kinds[k % 3][1]}/1600.{kinds[k % 3][2]}.{k + 1}.png" for k in range(len(scores))))


def live(folder, scores, entries=982):
    names = [f"{place}/img{k}.bmp" for place, count in LIVE_FOLDERS.items() for k in range(1, count + 1)][:entries]
    is_original = np.arange(entries) >= 779
    dmos = np.where(is_original, 0.0, 55.0)
    dmos[: len(scores)] = scores
    realigned = {"dmos_new": [dmos], "dmos_std": [np.full(entries, 12.0)], "orgs": [is_original.astype(np.uint8)]}
    scipy.io.savemat(folder / "dmos_realigned.mat", realigned)
    scipy.io.savemat(folder / "refnames_all.mat", {"refnames_all": cells(*["ocean.bmp"] * 982)[None]})
    touch(folder, *(name for name, original in zip(names, is_original, strict=True) if not original))


def own_csv(folder, scores):
    rows = [(f"photos/{k}.jpg", score, "" if k else 9, "", "") for k, score in enumerate(scores)]
    write_csv(folder / "mos.csv", ("file", "score", "spread", "content", "part"), *rows)
    touch(folder, *(row[0] for row in rows))


# How each release is written in miniature, and the worst and the best score that it can hold.
RELEASES = {
    "live_itw": (live_itw, 0.0, 100.0),
    "koniq10k": (koniq10k, 0.0, 100.0),
    "spaq": (spaq, 0.0, 100.0),
    "qa4camera": (qa4camera, 1.25, 4.75),
    "ccriq2_vime1": (ccriq2_vime1, 1.0, 5.0),
    "kadid10k": (kadid10k, 1.0, 5.0),
    "tid2013": (tid2013, 0.0, 9.0),
    "csiq": (csiq, 1.0, 0.0),
    "live": (live, 115.0, -5.0),
    "csv": (own_csv, 0.0, 100.0),
}


def release(name, folder, *scores):
    """The release `name` with three photos in `folder`; unless told, with the worst, the middle and the best score."""
    write, worst, best = RELEASES[name]
    write(folder, list(scores) or [worst, (worst + best) / 2, best])
    return folder
