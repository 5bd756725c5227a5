// The grid of the index: sorted and filtered in the page, drawn some cards at a time as they come into view.
"use strict";
const AT_A_TIME = 60, DARK = 0.25, BAD = 20;
const form = document.getElementById("filters"), grid = document.getElementById("grid"), more = document.getElementById("more");
let chosen = [], drawn = 0, only = null;

PHOTOS.forEach((photo, index) => { photo.index = index; photo.size = photo.width * photo.height; });

const ONLY = {
  keep: photo => photo.group >= 0 && !photo.spare,
  delete: photo => photo.spare || (photo.group < 0 && photo.score < BAD),
};

function picture(index) {
  const image = new Image();
  image.src = "data:image/webp;base64," + THUMBNAILS[index];
  image.alt = PHOTOS[index].name;
  image.loading = "lazy";
  return image;
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function card(photo) {
  const link = document.createElement("a");
  link.className = "card";
  link.href = photo.report || photo.file;
  const frame = span("frame", "");
  frame.append(picture(photo.index));
  const score = document.createElement("b");
  score.textContent = photo.score.toFixed(0);
  const found = photo.findings.map(([, title, severity]) => `${title} ${severity.toFixed(2)}`).join(", ");
  const details = [photo.camera, photo.iso ? `ISO ${photo.iso}` : "", photo.width ? `${photo.width} × ${photo.height}` : ""];
  link.append(frame, span("name", photo.name), score, ` ${found || "no distortion found"}`);
  link.title = [photo.name, `score ${photo.score}, severity ${photo.severity}`, found, ...details, photo.taken].filter(Boolean).join("\n");
  if (photo.why) link.append(span(photo.spare ? "why" : "why keep", photo.why));
  else if (only === "delete" && photo.score < BAD) link.append(span("why", `score under ${BAD}: bad`));
  if (photo.report) link.append(span("name report", "open its report"));
  return link;
}

function draw() {
  grid.append(...chosen.slice(drawn, drawn + AT_A_TIME).map(card));
  drawn = Math.min(chosen.length, drawn + AT_A_TIME);
}

function compared(key) {
  const sign = key.startsWith("-") ? -1 : 1, field = key.replace("-", "");
  return (a, b) => {
    if (field === "group") return ((a.group < 0) - (b.group < 0)) || a.group - b.group || a.spare - b.spare;
    const [x, y] = [a[field], b[field]];
    if (typeof x === "string") return (x === "") - (y === "") || sign * x.localeCompare(y, undefined, { numeric: true });
    return sign * (x - y);
  };
}

function update() {
  const wanted = Object.fromEntries(new FormData(form));
  const words = (wanted.name || "").toLowerCase();
  chosen = PHOTOS.filter(photo =>
    (!words || photo.name.toLowerCase().includes(words)) &&
    (!wanted.finding || (wanted.finding === "-" ? !photo.findings.length : photo.findings.some(one => one[0] === wanted.finding))) &&
    (!wanted.camera || photo.camera === wanted.camera) &&
    (wanted.least === "" || photo.score >= +wanted.least) && (wanted.most === "" || photo.score <= +wanted.most) &&
    (wanted.bright === "" || photo.brightness <= +wanted.bright) && (wanted.iso === "" || photo.iso >= +wanted.iso) &&
    (!only || ONLY[only](photo)));
  chosen.sort(compared(wanted.sort));
  grid.replaceChildren();
  drawn = 0;
  const about = {keep: " The best of each group of photos that show nearly the same.",
    delete: ` Repeats of a photo that is better or the same, and photos with a score under ${BAD}. Look before you delete.`}[only] || "";
  document.getElementById("shown").textContent = `${chosen.length} of ${PHOTOS.length} photos.${about} The number under a photo is its score, 0 (bad) to 100 (excellent); behind a finding stands its severity, 0 to 1.`;
  draw();
}

function preset(name) {
  form.reset();
  only = ONLY[name] ? name : null;
  if (name === "dark") { form.elements.bright.value = DARK; form.elements.sort.value = "brightness"; }
  if (name === "best") form.elements.sort.value = "-score";
  if (name === "all") form.elements.sort.value = "name";
  if (only) form.elements.sort.value = "group";
  document.querySelectorAll("[data-preset]").forEach(button => button.setAttribute("aria-pressed", button.dataset.preset === name));
  update();
}

document.querySelectorAll("[data-preset]").forEach(button => button.addEventListener("click", () => preset(button.dataset.preset)));
document.querySelectorAll("[data-finding]").forEach(button => button.addEventListener("click", () => {
  preset("worst");
  form.elements.finding.value = button.dataset.finding;
  update();
  document.getElementById("photos").scrollIntoView();
}));
document.querySelectorAll("[data-photo]").forEach(link => {
  const photo = PHOTOS[+link.dataset.photo];
  link.href = photo.report || photo.file;
  link.title = `${photo.name}\nscore ${photo.score}`;
  link.append(picture(photo.index));
});
document.getElementById("narrow").open = window.innerWidth > 600;
form.addEventListener("input", update);
form.addEventListener("submit", event => event.preventDefault());
new IntersectionObserver(seen => { if (seen[0].isIntersecting && drawn < chosen.length) draw(); }, {rootMargin: "800px"}).observe(more);
preset(location.hash.startsWith("#view=") ? location.hash.slice(6) : "worst");
