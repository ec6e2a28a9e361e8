/* What all pages are made of: elements, tables, words for figures. Texts go in as text, never as
 * HTML: some are the users'. */
"use strict";

const Neptune = {};

Neptune.el = function (tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) made.append(child);
  }
  return made;
};

/* The last one is that of a broadcast's job whose time-out is near. */
Neptune.levelNames = {"-10": "low", "0": "normal", "10": "high", "2147483647": "first"};

Neptune.level = function (priority) {
  if (priority === null || priority === undefined) return "unknown";
  const name = Neptune.levelNames[priority];
  return name ? name + " (" + priority + ")" : String(priority);
};

Neptune.namedColours = {"-10": "#6aa84f", "0": "#4a7fb5", "10": "#d9602b"};
Neptune.lightness = [32, 45, 60, 72];

/* The same colour for a level on all pages, and in the report (elements.py); neighbours differ in
 * hue and lightness. */
Neptune.colour = function (priority) {
  if (priority === null || priority === undefined) return "#9aa5b1";
  const hue = ((priority * 163 + 100) % 360 + 360) % 360;
  return Neptune.namedColours[priority]
    || "hsl(" + hue + ", 55%, " + Neptune.lightness[priority & 3] + "%)";
};

Neptune.levelMark = function (priority) {
  return Neptune.el("span", {class: "neptune-level"},
    Neptune.swatch(Neptune.colour(priority)), Neptune.level(priority));
};

Neptune.swatch = function (colour, more) {
  const swatch = Neptune.el("span", {class: "neptune-swatch " + (more || "")});
  swatch.style.backgroundColor = colour;
  return swatch;
};

Neptune.count = function (value) {
  return value === null || value === undefined ? "–" : Number(value).toLocaleString("en");
};

/* Cores: mostly whole ones. */
Neptune.amount = function (value) {
  if (value === null || value === undefined) return "–";
  return Number(value).toLocaleString("en", {maximumFractionDigits: 2});
};

Neptune.seconds = function (s) {
  if (s === null || s === undefined) return "–";
  if (s === 0) return "0 s";
  if (s < 0.001) return Math.round(s * 1e6) + " µs";
  if (s < 0.01) return (s * 1e3).toFixed(1) + " ms";
  if (s < 1) return Math.round(s * 1e3) + " ms";
  if (s < 60) return s.toFixed(1) + " s";
  if (s < 3600) return (s / 60).toFixed(1) + " min";
  return (s / 3600).toFixed(1) + " h";
};

Neptune.time = function (ms) {
  if (ms === null || ms === undefined) return "–";
  const moment = new Date(ms);
  const two = n => String(n).padStart(2, "0");
  return Neptune.el("span", {title: moment.toISOString()},
    two(moment.getHours()) + ":" + two(moment.getMinutes()) + ":" + two(moment.getSeconds()));
};

Neptune.job = function (id) {
  if (id === null || id === undefined || id < 0) return "–";
  return Neptune.el("a", {href: Neptune.base + "/jobs/job/?id=" + id}, String(id));
};

Neptune.stage = function (id, attempt) {
  if (id === null || id === undefined || id < 0) return "–";
  return Neptune.el("a",
    {href: Neptune.base + "/stages/stage/?id=" + id + "&attempt=" + (attempt || 0)}, String(id));
};

Neptune.stages = function (ids) {
  return ids.length ? ids.map((id, i) => [i ? ", " : "", Neptune.stage(id)]).flat() : "–";
};

/* A user's text, cut if it is long; the pointer on it shows it all. */
Neptune.words = function (text) {
  const shown = text.length > 120 ? text.slice(0, 119).trimEnd() + "…" : text;
  return Neptune.el("span",
    {class: "neptune-wide", title: shown === text ? null : text}, shown);
};

Neptune.section = function (title, help, ...children) {
  return Neptune.el("section", {},
    Neptune.el("h4", {}, title),
    help ? Neptune.el("p", {class: "neptune-help"}, help) : null, children);
};

/* `columns`: [heading, what to show of a row, its explanation], numbers to the right. */
Neptune.table = function (id, columns, rows, nothing) {
  if (!rows || !rows.length) return Neptune.el("p", {id: id, class: "neptune-none"}, nothing);
  const heading = columns.map(([name, , help]) =>
    Neptune.el("th", {title: help}, name));
  const body = rows.map(row => Neptune.el("tr", {}, columns.map(([, show]) => {
    const shown = show(row);
    const isNumber = typeof shown === "string" && /^[–\d]/.test(shown);
    return Neptune.el("td", {class: isNumber ? "neptune-number" : null}, shown);
  })));
  return Neptune.el("div", {class: "table-responsive"},
    Neptune.el("table", {id: id, class: "table table-bordered table-hover table-sm table-striped"},
      Neptune.el("thead", {}, Neptune.el("tr", {}, heading)),
      Neptune.el("tbody", {}, body)));
};

/* Below the rows of a page: which they are, and the way to others. */
Neptune.pager = function (part) {
  const pages = Math.max(1, Math.ceil(part.total / part.page_size));
  if (pages === 1 && part.page === 1) return null;
  const first = (part.page - 1) * part.page_size + 1;
  const last = Math.min(part.total, first + part.rows.length - 1);
  const to = (page, name, title) => {
    const off = page < 1 || page > pages || page === part.page;
    const link = Neptune.el("a",
      {class: "page-link", href: "#page=" + page, title: title}, name);
    return Neptune.el("li", {class: "page-item" + (off ? " disabled" : "")}, link);
  };
  return Neptune.el("nav", {class: "neptune-pager"},
    Neptune.el("span", {}, Neptune.count(first) + " to " + Neptune.count(last) + " of "
      + Neptune.count(part.total) + ", newest first"),
    Neptune.el("ul", {class: "pagination pagination-sm"},
      to(1, "«", "newest"), to(part.page - 1, "‹", "newer"),
      Neptune.el("li", {class: "page-item active"},
        Neptune.el("span", {class: "page-link"}, part.page + " of " + pages)),
      to(part.page + 1, "›", "older"), to(pages, "»", "oldest")));
};

Neptune.share = function (share) {
  const percent = Math.min(100, Math.round(share * 100));
  const bar = Neptune.el("span", {class: "neptune-bar" + (percent >= 80 ? " neptune-full" : "")});
  const inner = Neptune.el("span", {});
  inner.style.width = percent + "%";
  bar.append(inner);
  return Neptune.el("span", {class: "neptune-share"}, bar, percent + " %");
};

Neptune.card = function (id, value, name, help) {
  return Neptune.el("div", {class: "neptune-card", title: help},
    Neptune.el("div", {class: "neptune-value", id: id}, value),
    Neptune.el("div", {class: "neptune-name"}, name));
};
