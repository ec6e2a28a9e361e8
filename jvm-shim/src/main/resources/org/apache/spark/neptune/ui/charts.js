/* Pictures over time, as SVG. */
"use strict";

Neptune.svg = function (tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
};

Neptune.chartWidth = 1200;
Neptune.left = 110;

/* A round number not below `value`, for the top of an axis. */
Neptune.roundUp = function (value) {
  if (value <= 0) return 1;
  const unit = Math.pow(10, Math.floor(Math.log10(value)));
  return [1, 2, 5, 10].map(n => n * unit).find(n => n >= value * 0.9999);
};

/* An empty chart from one time to another, with an axis; `y` says how high a value is. */
Neptune.chart = function (id, label, height, from, until, most, unit) {
  const width = Neptune.chartWidth, left = Neptune.left, top = 8, bottom = 20;
  const svg = Neptune.svg("svg", {
    id: id, class: "neptune-chart", viewBox: "0 0 " + width + " " + height, role: "img",
    "aria-label": label});
  const x = time => left + (time - from) / (until - from) * (width - left - 10);
  const y = value => height - bottom - value / most * (height - top - bottom);
  const clip = id + "-clip";
  const defs = Neptune.svg("defs");
  const shape = Neptune.svg("clipPath", {id: clip});
  shape.append(Neptune.svg("rect",
    {x: left, y: 0, width: width - left - 10, height: height - bottom + 1}));
  defs.append(shape);
  svg.append(defs);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200];
  const step = 1000 * (steps.find(s => (until - from) / 1000 / s <= 12) || 86400);
  const offset = new Date(from).getTimezoneOffset() * 60000;
  for (let t = Math.ceil((from - offset) / step) * step + offset; t <= until; t += step) {
    const two = n => String(n).padStart(2, "0");
    const m = new Date(t);
    svg.append(Neptune.svg("line",
      {x1: x(t), x2: x(t), y1: top, y2: height - bottom, class: "neptune-grid"}));
    // The last one must not be cut off.
    const anchor = x(t) > width - 30 ? "end" : "middle";
    svg.append(Neptune.svg("text", {x: x(t), y: height - 5, "text-anchor": anchor},
      two(m.getHours()) + ":" + two(m.getMinutes())
        + (step < 60000 ? ":" + two(m.getSeconds()) : "")));
  }
  svg.append(Neptune.svg("line",
    {x1: left, x2: width - 10, y1: height - bottom, y2: height - bottom, class: "neptune-axis"}));
  if (unit) {
    for (const value of [0, most / 2, most]) {
      svg.append(Neptune.svg("line",
        {x1: left, x2: width - 10, y1: y(value), y2: y(value), class: "neptune-grid"}));
      svg.append(Neptune.svg("text", {x: left - 6, y: y(value) + 4, "text-anchor": "end"},
        unit(value)));
    }
  }
  const marks = Neptune.svg("g", {"clip-path": "url(#" + clip + ")"});
  svg.append(marks);
  return {svg: svg, marks: marks, x: x, y: y, top: top, bottom: height - bottom};
};

Neptune.legend = function (entries) {
  return Neptune.el("div", {class: "neptune-legend"}, entries.map(([colour, name, more]) =>
    Neptune.el("span", {}, Neptune.swatch(colour, more), name)));
};

/* Gives each span the first row that is free; `rows` are the ends of those that there are. */
Neptune.laneOf = function (rows, began, ended, slack) {
  // A short one must not seem to follow the one that it ran beside.
  const early = Math.min(slack, (ended - began) / 3);
  let lane = rows.findIndex(end => end <= began + early);
  if (lane < 0) lane = rows.push(0) - 1;
  rows[lane] = ended;
  return lane;
};

/* The pieces of a time in which a stage, if it is known, had one priority each. */
Neptune.byLevel = function (stage, began, ended) {
  const pieces = [];
  let priority = stage ? stage.priority : null;
  for (const change of (stage ? stage.changes : []).slice().reverse()) {
    if (change.time < ended) {
      pieces.unshift({priority, began: Math.max(began, change.time), ended});
      ended = change.time;
    }
    priority = change.from;
    if (ended <= began) return pieces;
  }
  return [{priority, began, ended}, ...pieces];
};

/* Who had which core, executor by executor; the suspended tasks below, hatched. */
Neptune.timeline = function (data) {
  const until = data.until;
  const stages = new Map(data.stages.map(s => [s.stage_id, s]));
  const spans = new Map();
  for (const [task, began, ended] of data.suspended) {
    if (!spans.has(task)) spans.set(task, []);
    spans.get(task).push([began, ended === null ? until : ended]);
  }
  const executors = new Map(data.executors.map(e => [e.executor_id, {
    name: e.executor_id, cores: e.cores, running: [], suspended: []}]));
  const tasks = data.tasks.slice().sort((a, b) => a[3] - b[3]);
  for (const [id, executor, stage, launched, end] of tasks) {
    if (!executors.has(executor)) {
      executors.set(executor, {name: executor, cores: 0, running: [], suspended: []});
    }
    const row = executors.get(executor);
    const ended = end === null ? until : end;
    let began = launched;
    for (const [from, to] of (spans.get(id) || []).sort((a, b) => a[0] - b[0])) {
      if (from > began) row.running.push({id, stage, began, ended: from});
      row.suspended.push({id, stage, began: from, ended: Math.min(to, ended)});
      began = to;
    }
    if (ended > began) row.running.push({id, stage, began, ended});
  }
  const lane = 14, gap = 10;
  // Times come from different threads of the driver: a core's next task may seem to start early.
  const slack = Math.max(20, (until - data.from) / 400);
  let height = 8;
  const placed = [];
  for (const row of executors.values()) {
    if (!row.running.length && !row.suspended.length && executors.size > 12) continue;
    const cores = [], below = [];
    for (const [bars, rows] of [[row.running, cores], [row.suspended, below]]) {
      bars.sort((a, b) => a.began - b.began);
      for (const bar of bars) bar.lane = Neptune.laneOf(rows, bar.began, bar.ended, slack);
    }
    const lanes = Math.max(row.cores, cores.length);
    placed.push({row, y: height, lanes, below: below.length});
    height += (lanes + below.length) * lane + gap;
  }
  height = Math.max(height, 30) + 20;
  const chart = Neptune.chart(
    "neptune-timeline", "tasks by executor", height, data.from, until, 1, null);
  const pattern = Neptune.svg("pattern", {id: "neptune-hatch", width: 5, height: 5,
    patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"});
  pattern.append(Neptune.svg("rect", {width: 2.5, height: 5, fill: "#ffffff", "fill-opacity": 0.7}));
  chart.svg.querySelector("defs").append(pattern);
  for (const {row, y, lanes, below} of placed) {
    chart.svg.append(Neptune.svg("text", {x: Neptune.left - 8, y: y + 11, "text-anchor": "end"},
      "executor " + row.name));
    if (below) {
      chart.svg.append(Neptune.svg("text",
        {x: Neptune.left - 8, y: y + lanes * lane + 11, "text-anchor": "end",
          "fill-opacity": 0.7}, "suspended"));
    }
    chart.marks.append(Neptune.svg("rect", {x: Neptune.left, y: y, width: Neptune.chartWidth,
      height: lanes * lane, fill: "currentColor", "fill-opacity": 0.06}));
    const draw = (bar, dy, hatched) => {
      for (const piece of Neptune.byLevel(stages.get(bar.stage), bar.began, bar.ended)) {
        const x1 = chart.x(piece.began);
        const size = {x: x1, y: y + dy + bar.lane * lane + 1,
          width: Math.max(0.5, chart.x(piece.ended) - x1), height: lane - 2};
        const shape = Neptune.svg("rect", {...size, fill: Neptune.colour(piece.priority)});
        shape.append(Neptune.svg("title", {}, "task " + bar.id + ", stage " + bar.stage
          + ", priority " + Neptune.level(piece.priority) + (hatched ? ", suspended for " : ", ")
          + Neptune.seconds((bar.ended - bar.began) / 1000)));
        chart.marks.append(shape);
        if (hatched) {
          chart.marks.append(Neptune.svg("rect",
            {...size, fill: "url(#neptune-hatch)", "pointer-events": "none"}));
        }
      }
    };
    row.running.forEach(bar => draw(bar, 0, false));
    row.suspended.forEach(bar => draw(bar, lanes * lane, true));
  }
  return chart.svg;
};

/* Cores lent, level upon level: between any two moments at which that changed. */
Neptune.lentCores = function (data) {
  const changes = [];
  for (const [, began, ended, cores, priority] of data.suspended) {
    changes.push([Math.max(began, data.from), cores, priority]);
    if (ended !== null) changes.push([ended, -cores, priority]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  const lent = new Map(), steps = [];
  for (const [time, cores, priority] of changes) {
    lent.set(priority, (lent.get(priority) || 0) + cores);
    if (steps.length && steps[steps.length - 1].time === time) steps.pop();
    steps.push({time: time, levels: [...lent].filter(([, n]) => n > 1e-9).sort((a, b) => a[0] - b[0])});
  }
  const total = step => step.levels.reduce((sum, [, cores]) => sum + cores, 0);
  const most = Neptune.roundUp(Math.max(1, ...steps.map(total)));
  const chart = Neptune.chart("neptune-lent", "cores lent", 120, data.from, data.until, most,
    value => Neptune.amount(value));
  steps.forEach((step, i) => {
    const end = i + 1 < steps.length ? steps[i + 1].time : data.until;
    let base = 0;
    for (const [priority, cores] of step.levels) {
      chart.marks.append(Neptune.svg("rect", {
        x: chart.x(step.time), width: Math.max(0.3, chart.x(end) - chart.x(step.time)),
        y: chart.y(base + cores), height: chart.y(base) - chart.y(base + cores),
        fill: Neptune.colour(priority), "fill-opacity": 0.75}));
      base += cores;
    }
  });
  return chart.svg;
};

/* Bars for each minute: `series` are [colour, figure of a minute], side by side. */
Neptune.perMinute = function (id, label, data, series) {
  const most = Neptune.roundUp(
    Math.max(1, ...data.minutes.flatMap(m => series.map(([, of]) => of(m)))));
  const [from, until] = Neptune.minutesSpan(data);
  const chart = Neptune.chart(id, label, 130, from, until, most, value => Neptune.amount(value));
  for (const minute of data.minutes) {
    const width = (chart.x(minute.time + 60000) - chart.x(minute.time)) * 0.9 / series.length;
    series.forEach(([colour, of], i) => {
      const value = of(minute);
      if (!value) return;
      const bar = Neptune.svg("rect", {
        x: chart.x(minute.time) + i * width, width: Math.max(1, width), y: chart.y(value),
        height: chart.y(0) - chart.y(value), fill: colour});
      bar.append(Neptune.svg("title", {}, String(value)));
      chart.marks.append(bar);
    });
  }
  return chart.svg;
};

Neptune.minutesSpan = function (data) {
  const first = data.minutes.length ? data.minutes[0].time : data.from;
  const until = Math.ceil(data.until / 60000) * 60000;
  return [Math.min(first, until - 10 * 60000), until];
};

/* How long task sets waited for their first core: the median of each minute, and its 99th
 * percentile above it. */
Neptune.latencies = function (data) {
  const points = [];
  for (const minute of data.minutes) {
    for (const priority of new Set(minute.priorities)) {
      const values = minute.first_task_s.filter((v, i) => minute.priorities[i] === priority)
        .sort((a, b) => a - b);
      const at = q => values[Math.round((values.length - 1) * q)];
      points.push({time: minute.time + 30000, priority, median: at(0.5), high: at(0.99),
        count: values.length});
    }
  }
  const most = Neptune.roundUp(Math.max(0.01, ...points.map(p => p.high)));
  const [from, until] = Neptune.minutesSpan(data);
  const chart = Neptune.chart("neptune-latencies", "submission to first task", 150, from, until,
    most, Neptune.seconds);
  const levels = [...new Set(points.map(p => p.priority))].sort((a, b) => b - a);
  // Side by side, within their minute.
  const apart = Math.min(6, (chart.x(from + 60000) - chart.x(from)) * 0.8 / levels.length);
  levels.forEach((priority, i) => {
    const shift = (i - (levels.length - 1) / 2) * apart;
    const colour = Neptune.colour(priority);
    for (const point of points.filter(p => p.priority === priority)) {
      const x = chart.x(point.time) + shift;
      chart.marks.append(Neptune.svg("line",
        {x1: x, x2: x, y1: chart.y(point.median), y2: chart.y(point.high), stroke: colour,
          "stroke-width": 2}));
      const dot = Neptune.svg("circle", {cx: x, cy: chart.y(point.median), r: 3.5, fill: colour});
      dot.append(Neptune.svg("title", {}, Neptune.level(priority) + ": median "
        + Neptune.seconds(point.median) + ", 99th percentile " + Neptune.seconds(point.high)
        + ", of " + point.count));
      chart.marks.append(dot);
    }
  });
  return [chart.svg, levels];
};
