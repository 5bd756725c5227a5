"""Data sets of photos that were damaged on purpose: KADID-10k, TID2013, CSIQ, LIVE; the content is the original photo."""

from __future__ import annotations

from pathlib import Path

from .data_set import DataSetEntry, ScoreList
from .file_lookup import Lookup
from .rated_photos import RatedPhoto
from .score_files import beside, number, read_csv, read_mat, read_xlsx

# CSIQ: the name of a distortion in the score file, its folder, and its name within the names of photos.
CSIQ_TYPES = {
    "noise": ("awgn", "AWGN"),
    "blur": ("blur", "BLUR"),
    "contrast": ("contrast", "contrast"),
    "fnoise": ("fnoise", "fnoise"),
    "jpeg": ("jpeg", "JPEG"),
    "jpeg 2000": ("jpeg2000", "jpeg2000"),
}
# LIVE: the folders in the order of its score file, and how many photos are in each, with originals among them.
LIVE_FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}


def read_kadid10k(folder: Path) -> ScoreList | None:
    """dmos.csv beside images; despite the names, a higher dmos is better, and var is a standard deviation."""
    source = Lookup().first(folder, "dmos.csv")
    if source is None:
        return None
    photos = [
        RatedPhoto(
            path=folder / "images" / row["dist_img"],
            score=number(row, "dmos", source),
            spread=number(row, "var", source),
            content=row["ref_img"],
        )
        for row in read_csv(source, "dist_img", "ref_img", "dmos", "var")
    ]
    return ScoreList(source, photos)


KADID10K = DataSetEntry(
    name="kadid10k",
    title="KADID-10k",
    photos=10125,
    low=1,
    high=5,
    higher_is_better=True,
    citation='Lin, Hosu and Saupe, "KADID-10k: A Large-scale Artificially Distorted IQA Database", QoMEX 2019',
    looked_for="dmos.csv beside the folder images",
    read=read_kadid10k,
)


def read_tid2013(folder: Path) -> ScoreList | None:
    """mos_with_names.txt (a score and a name on each line) beside distorted_images.

    mos_std.txt is not read. It holds the standard error of each mean (0.13 where 35 people gave whole numbers with the mean
    5.51, whose standard deviation is 0.5 at least), and the number of
    people for each photo, which would convert it, is not published.
    """
    source = Lookup().first(folder, "mos_with_names.txt")
    if source is None:
        return None
    lines = [line.split() for line in source.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    rows = beside(source, mos=[line[0] for line in lines], file=[line[1] for line in lines if len(line) > 1])
    photos = [
        RatedPhoto(
            path=folder / "distorted_images" / row["file"],
            score=number(row, "mos", source),
            content=row["file"].split("_")[0].lower(),
        )
        for row in rows
    ]
    return ScoreList(source, photos)


TID2013 = DataSetEntry(
    name="tid2013",
    title="TID2013",
    photos=3000,
    low=0,
    high=9,
    higher_is_better=True,
    citation='Ponomarenko and others, "Image Database TID2013: Peculiarities, Results and Perspectives", SPIC 2015',
    looked_for="mos_with_names.txt beside the folder distorted_images",
    read=read_tid2013,
)


def read_csiq(folder: Path) -> ScoreList | None:
    """The sheet all_by_image of csiq.DMOS.xlsx, beside dst_imgs/awgn and so on.

    Raises:
        ValueError: a distortion is none of CSIQ's.
    """
    source = Lookup().first(folder, "csiq.DMOS.xlsx")
    if source is None:
        return None
    photos = []
    for row in read_xlsx(source, "image", "dst_type", "dst_lev", "dmos", "dmos_std"):
        if row["dst_type"] not in CSIQ_TYPES:
            raise ValueError(f"{source}: has the distortion {row['dst_type']!r}; CSIQ has {', '.join(CSIQ_TYPES)}")
        place, word = CSIQ_TYPES[row["dst_type"]]
        name = f"{row['image']}.{word}.{number(row, 'dst_lev', source):g}.png"
        score, spread = number(row, "dmos", source), number(row, "dmos_std", source)
        photos.append(RatedPhoto(folder / "dst_imgs" / place / name, score, spread, content=str(row["image"])))
    return ScoreList(source, photos)


CSIQ = DataSetEntry(
    name="csiq",
    title="CSIQ",
    photos=866,
    low=0,
    high=1,
    higher_is_better=False,
    citation='Larson and Chandler, "Most Apparent Distortion: Full-reference IQA and the Role of Strategy", JEI 2010',
    looked_for="csiq.DMOS.xlsx beside the folder dst_imgs",
    read=read_csiq,
)


def read_live(folder: Path) -> ScoreList | None:
    """dmos_realigned.mat and refnames_all.mat beside jp2k and so on; the originals among the photos are left out."""
    lookup = Lookup()
    source, references = lookup.first(folder, "dmos_realigned.mat"), lookup.first(folder, "refnames_all.mat")
    if source is None or references is None:
        return None
    scores = read_mat(source, dmos="dmos_new", std="dmos_std", is_original="orgs")
    contents = [row["content"] for row in read_mat(references, content="refnames_all")]
    paths = [folder / place / f"img{k}.bmp" for place, count in LIVE_FOLDERS.items() for k in range(1, count + 1)]
    photos = [
        RatedPhoto(
            path=row["photos"],
            score=number(row["scores"], "dmos", source),
            spread=number(row["scores"], "std", source),
            content=str(row["names"]),
        )
        for row in beside(source, scores=scores, names=contents, photos=paths)
        if not row["scores"]["is_original"]
    ]
    return ScoreList(source, photos)


LIVE = DataSetEntry(
    name="live",
    title="LIVE release 2",
    photos=779,
    # DMOS nominally runs from 0 to 100, but realigned it goes beyond both ends. How far is not published; the margin keeps
    # the order of all photos and a linear scale.
    low=-5,
    high=115,
    higher_is_better=False,
    citation='Sheikh, Sabir and Bovik, "A Statistical Evaluation of Recent Full Reference IQA Algorithms", TIP 2006',
    looked_for="dmos_realigned.mat and refnames_all.mat beside the folders jp2k, jpeg, wn, gblur and fastfading",
    read=read_live,
)
