/* The pages: each makes elements of what its JSON says. */
"use strict";

Neptune.pages = {};

Neptune.forWhom = function (row) {
  if (row.manual) return "by hand";
  if (row.for_limit) return "limit of the " + row.for_limit;
  if (row.for_priority === null || row.for_priority === undefined) return "–";
  return Neptune.el("span", {}, "priority ", Neptune.level(row.for_priority), ", stage ",
    Neptune.stage(row.for_stage_id));
};

Neptune.latencyRows = function (statistics) {
  return [
    ["Suspension: time taken by the task itself", statistics.suspend_latency],
    ["Suspension, from request to answer", statistics.suspend_round_trip],
    ["Resumption: time taken by the task itself", statistics.resume_latency],
    ["Resumption, from request to answer", statistics.resume_round_trip],
    ["Decision of the policy", statistics.decision_time],
  ].filter(([, latency]) => latency);
};

Neptune.pages.now = function (data) {
  const s = data.statistics;
  if (!s) {
    return [Neptune.el("p", {class: "neptune-none"},
      "The event log has no figures: the application ended too early to write them.")];
  }
  const suspended = data.suspended, waiting = data.waiting;
  const cards = Neptune.el("div", {class: "neptune-cards"},
    Neptune.card("neptune-tasks-running", Neptune.count(s.tasks_running), "tasks run",
      "Tasks that hold a core."),
    Neptune.card("neptune-tasks-suspended", Neptune.count(s.tasks_suspended),
      "tasks are suspended", "Tasks that have lent their core."),
    Neptune.card("neptune-cores-lent", Neptune.amount(s.cores_lent), "cores are lent",
      "Cores of suspended tasks; the most so far: " + Neptune.amount(s.cores_lent_max)),
    Neptune.card("neptune-suspensions", Neptune.count(s.suspensions), "suspensions so far"),
    Neptune.card("neptune-resumptions", Neptune.count(s.resumptions), "resumptions so far"),
    Neptune.card("neptune-rescues", Neptune.count(s.rescues), "rescues so far",
      "Tasks that were resumed because one of higher priority waited for what they held."),
    Neptune.card("neptune-work-kept", Neptune.seconds(s.work_kept_core_s), "core time kept",
      "What suspended tasks had computed by then: killing them instead of suspending them "
        + "would have thrown it away."),
    Neptune.card("neptune-lent-time", Neptune.seconds(s.lent_core_s), "core time lent"),
    Neptune.card("neptune-at-bound", Neptune.count(s.resumed_at_bound), "resumed at the bound",
      "Tasks that were resumed because they had been suspended for spark.neptune.maxSuspendedTime."));
  const levels = Neptune.table("neptune-levels", [
    ["Priority", r => Neptune.levelMark(r.priority)],
    ["Running", r => Neptune.count(r.tasks_running), "tasks that hold a core"],
    ["Pending", r => Neptune.count(r.tasks_pending), "tasks that wait for their first core"],
    ["Suspended", r => Neptune.count(r.tasks_suspended), "tasks that have lent their core"],
    ["Cores lent", r => Neptune.amount(r.cores_lent)],
    ["First task: median", r => Neptune.seconds(
      r.first_task_latency.count ? r.first_task_latency.p50_s : null),
    "from a task set's submission to its first task"],
    ["99th percentile", r => Neptune.seconds(
      r.first_task_latency.count ? r.first_task_latency.p99_s : null)],
    ["Task sets", r => Neptune.count(r.first_task_latency.count)],
  ], data.levels, "No task has run yet.");
  const now = !data.live ? [] : [
    Neptune.section("Suspended tasks",
      "They keep what they have computed, and continue where they stopped. The bound is "
        + "spark.neptune.maxSuspensions and spark.neptune.maxSuspendedTime.",
      Neptune.table("neptune-suspended", [
        ["Task", r => String(r.task_id)],
        ["Job", r => Neptune.job(r.job_id)],
        ["Stage", r => Neptune.stage(r.stage_id, r.stage_attempt)],
        ["Executor", r => r.executor_id + (r.host ? " on " + r.host : "")],
        ["Priority", r => Neptune.levelMark(r.priority)],
        ["Suspended for", r => Neptune.seconds(r.since_s), "this time"],
        ["For whom", Neptune.forWhom, "who needed its core"],
        ["Times", r => Neptune.count(r.times_suspended), "how often it has been suspended"],
        ["In total", r => Neptune.seconds(r.suspended_s), "how long it has been suspended"],
        ["Bound used", r => Neptune.share(r.bound_used),
          "the share of the bound that it has used"],
      ], suspended.rows, "No task is suspended."), Neptune.pager(suspended)),
    Neptune.section("Who waits for what", null,
      Neptune.table("neptune-waiting", [
        ["Stage", r => Neptune.stage(r.stage_id, r.stage_attempt)],
        ["Job", r => Neptune.job(r.job_id)],
        ["Priority", r => Neptune.levelMark(r.priority)],
        ["Pending tasks", r => Neptune.count(r.tasks_pending)],
        ["Running", r => Neptune.count(r.tasks_running)],
        ["Why", r => r.reason],
      ], waiting, "No task waits for a core."),
      data.waiting_left_out
        ? Neptune.el("p", {class: "neptune-help"},
          "And " + Neptune.count(data.waiting_left_out) + " more stages.") : null)];
  const latencies = Neptune.table("neptune-figures", [
    ["", r => r[0]],
    ["Median", r => Neptune.seconds(r[1].count ? r[1].p50_s : null)],
    ["99th percentile", r => Neptune.seconds(r[1].count ? r[1].p99_s : null)],
    ["Longest", r => Neptune.seconds(r[1].count ? r[1].max_s : null)],
    ["Count", r => Neptune.count(r[1].count)],
  ], Neptune.latencyRows(s), "");
  const title = data.live ? "Levels" : "Levels at the end";
  return [cards, Neptune.section(title, null, levels), ...now,
    Neptune.section("How long it takes", "The last 10,000 of each.", latencies)];
};

Neptune.pages.time = function (data) {
  const spans = [[60, "1 minute"], [120, "2 minutes"], [600, "10 minutes"], [3600, "1 hour"],
    [86400, "1 day"]];
  const shown = Number(Neptune.asked.seconds || 120);
  const choice = Neptune.el("span", {class: "btn-group btn-group-sm", role: "group"},
    spans.map(([seconds, name]) => Neptune.el("a", {
      class: "btn btn-outline-secondary" + (seconds === shown ? " active" : ""),
      href: "#seconds=" + seconds}, name)));
  const levels = [...new Set(data.stages.flatMap(
    s => [s.priority, ...s.changes.map(c => c.from)]))].filter(p => p !== null)
    .sort((a, b) => b - a);
  const many = data.tasks.length >= data.tasks_at_most
    ? " Only the last " + Neptune.count(data.tasks_at_most) + " tasks are drawn." : "";
  const [latencies, measured] = Neptune.latencies(data);
  const causes = [...new Set(data.minutes.flatMap(m => Object.keys(m.rescues)))].sort();
  const colours = ["#8e5ea2", "#3cba9f", "#c45850", "#e8a33d"];
  const per = "Counted by the minute, as far back as the data goes.";
  return [
    Neptune.el("div", {class: "neptune-tools"},
      Neptune.el("span", {}, data.live ? "The last" : "The last of the application:"), choice),
    Neptune.section("Cores by executor", "Each row is a core; a bar is a task that has it. Below, "
      + "hatched: tasks that are suspended meanwhile. A rescued task oversubscribes the cores, in "
      + "a row of its own." + many,
    Neptune.legend([...levels.map(p => [Neptune.colour(p), Neptune.level(p)]),
      ["#9aa5b1", "suspended", "neptune-hatched"]]), Neptune.timeline(data)),
    Neptune.section("Cores lent", "By suspended tasks of each level, to tasks of higher levels.",
      Neptune.lentCores(data)),
    Neptune.section("From submission to the first task", "How long stages waited for their first "
      + "core: the dot is the median of a minute, the line goes up to the 99th percentile.",
    Neptune.legend(measured.map(p => [Neptune.colour(p), Neptune.level(p)])), latencies),
    Neptune.section("Suspensions and resumptions per minute", per,
      Neptune.legend([["#4a7fb5", "suspensions"], ["#6aa84f", "resumptions"]]),
      Neptune.perMinute("neptune-per-minute", "suspensions and resumptions per minute", data,
        [["#4a7fb5", m => m.suspensions], ["#6aa84f", m => m.resumptions]])),
    Neptune.section("Rescues per minute", "Tasks that were resumed because one of higher priority "
      + "waited for what they held, by what that was.",
    causes.length
      ? [Neptune.legend(causes.map(
        (c, i) => [colours[i % colours.length], Neptune.causes[c] || c])),
        Neptune.perMinute("neptune-rescues-per-minute", "rescues per minute", data,
          causes.map((c, i) => [colours[i % colours.length], m => m.rescues[c] || 0]))]
      : Neptune.el("p", {class: "neptune-none"}, "There were none.")),
  ];
};

Neptune.reasons = {
  core: "its core was free again",
  rescue: "a task of higher priority waited for what it held",
  resource: "others needed what it held besides cores",
  bound: "it had been suspended for the maximum time",
  decommission: "its executor was being decommissioned",
  manual: "it was resumed by hand",
  end: "it ended while suspended",
  again: "its core was free, but needed again at once",
};

Neptune.causes = {block: "a block", memory: "memory", lock: "a lock",
  unknown: "something without an owner"};

Neptune.pages.suspensions = function (data) {
  const part = data.suspensions;
  return [Neptune.section("Suspensions", "One row for each.",
    Neptune.table("neptune-suspensions-table", [
      ["Began", r => Neptune.time(r.began)],
      ["Lasted", r => Neptune.seconds(
        ((r.ended === null ? data.time : r.ended) - r.began) / 1000)],
      ["Task", r => String(r.task_id)],
      ["Job", r => Neptune.job(r.job_id)],
      ["Stage", r => Neptune.stage(r.stage_id)],
      ["Executor", r => r.executor_id],
      ["Priority", r => Neptune.levelMark(r.priority)],
      ["For whom", Neptune.forWhom],
      ["Time", r => Neptune.count(r.times), "how many suspensions the task had had by then"],
      ["Core time kept", r => Neptune.seconds(r.work_kept_core_s),
        "what it had computed since the previous one: killing it would have thrown that away"],
      ["Ended because", r => r.ended === null ? "still suspended"
        : (Neptune.reasons[r.reason] || r.reason)
        + (r.waited_for ? ": " + (Neptune.causes[r.waited_for] || r.waited_for) : "")],
    ], part.rows, "No task has been suspended."), Neptune.pager(part))];
};

Neptune.pages.jobs = function (data) {
  return [Neptune.section("Jobs", "What suspensions have meant for each; a stage counts for the "
    + "job that it first ran for.",
  Neptune.table("neptune-jobs", [
    ["Job", r => Neptune.job(r.job_id)],
    ["Description", r => Neptune.words(r.description)],
    ["Submitted", r => Neptune.time(r.submitted)],
    ["Took", r => r.ended === null ? "runs" : Neptune.seconds((r.ended - r.submitted) / 1000)],
    ["Times suspended", r => Neptune.count(r.suspensions), "how often tasks of it were suspended"],
    ["Time suspended", r => Neptune.seconds(r.suspended_s), "all its tasks together"],
    ["Core time kept", r => Neptune.seconds(r.work_kept_core_s),
      "what killing instead of suspending would have thrown away"],
    ["Suspended for it", r => Neptune.count(r.suspended_for),
      "how often tasks of others were suspended for it"],
  ], data.jobs.rows, "There have been no jobs."), Neptune.pager(data.jobs))];
};

Neptune.pages.stages = function (data) {
  return [Neptune.section("Stages", null,
    Neptune.table("neptune-stages", [
      ["Stage", r => Neptune.stage(r.stage_id)],
      ["Job", r => Neptune.job(r.job_id)],
      ["Name", r => Neptune.words(r.name)],
      ["Priority", r => Neptune.levelMark(r.priority)],
      ["Tasks", r => Neptune.count(r.tasks)],
      ["Submitted", r => Neptune.time(r.submitted)],
      ["Until the first task", r => Neptune.seconds(r.first_task_s),
        "how long it waited for its first core"],
      ["Until the last task", r => Neptune.seconds(r.all_tasks_s),
        "how long until all its tasks had had a core"],
      ["Times suspended", r => Neptune.count(r.suspensions)],
      ["Time suspended", r => Neptune.seconds(r.suspended_s)],
      ["Core time kept", r => Neptune.seconds(r.work_kept_core_s)],
      ["Rescues", r => Neptune.count(r.rescues)],
      ["Suspended for it", r => Neptune.count(r.suspended_for)],
    ], data.stages.rows, "There have been no stages."), Neptune.pager(data.stages))];
};

Neptune.pages.decisions = function (data) {
  const part = data.decisions;
  const left = data.left_out ? " " + Neptune.count(data.left_out) + " came too fast to be kept." : "";
  const victims = row => {
    if (row.target) return row.target;
    if (!row.victims.length) return "nobody: no task could be suspended";
    const more = row.victims_in_all - row.victims.length;
    return Neptune.el("ul", {class: "neptune-reasons"},
      row.victims.map(v => Neptune.el("li", {},
        "task " + v.task_id + " on executor " + v.executor_id + ": " + v.reason)),
      more > 0 ? Neptune.el("li", {}, "and " + Neptune.count(more) + " more") : null);
  };
  return [Neptune.section("Decisions", "Whom the policy has suspended for whom, and how many cores "
    + "streams with a latency target got. A decision that only repeats the previous one of its "
    + "priority is left out." + left,
  Neptune.table("neptune-decisions", [
    ["Time", r => Neptune.time(r.time)],
    ["Policy", r => r.fallback ? "lb, because " + r.fallback : r.policy],
    ["For priority", r => Neptune.levelMark(r.priority)],
    ["Stages", r => Neptune.el("span", {}, Neptune.stages(r.stage_ids))],
    ["Pending tasks", r => Neptune.count(r.pending_tasks)],
    ["Suspended, and why", victims],
  ], part.rows, "There has been nothing to decide."), Neptune.pager(part))];
};

Neptune.pages.streams = function (data) {
  const part = data.batches;
  return [Neptune.section("Micro-batches", "How long the tasks of each waited for cores, and who "
    + "was suspended for it. A batch runs a few task sets, one after another or at once; their "
    + "times are added up.",
  Neptune.table("neptune-batches", [
    ["Query", r => Neptune.el("span", {title: r.query_id}, r.name || r.query_id)],
    ["Batch", r => String(r.batch_id)],
    ["Began", r => Neptune.time(r.submitted)],
    ["Jobs took", r => r.ended === null ? "runs" : Neptune.seconds((r.ended - r.submitted) / 1000)],
    ["Task sets", r => Neptune.count(r.task_sets)],
    ["Waited for first cores", r => Neptune.seconds(r.first_task_s),
      "from submission to the first task, all task sets together"],
    ["Until all tasks had had one", r => Neptune.seconds(r.all_tasks_s),
      "from submission to the last task's start, all task sets together"],
    ["Suspended for it", r => Neptune.count(r.suspended_for),
      "how often tasks of others were suspended for it"],
  ], part.rows, "There have been no micro-batches of Structured Streaming."), Neptune.pager(part))];
};

Neptune.pages.settings = function (data) {
  return [Neptune.section("Settings in force", "What the application has set is in bold. Those "
    + "marked changeable can be changed while it runs: "
    + "neptune_spark.scheduler(spark).policy = … A job's own priority is not a setting of the "
    + "application.",
  Neptune.table("neptune-settings", [
    ["Setting", r => Neptune.el(r.set ? "strong" : "span", {class: "text-nowrap"}, r.key)],
    ["Value", r => Neptune.el(r.set ? "strong" : "span", {class: "neptune-wide"}, r.value)],
    ["", r => r.changeable ? Neptune.el("span", {class: "badge bg-info badge-info"}, "changeable")
      : ""],
    ["What it is", r => r.doc],
  ], data.settings, "The event log does not say."))];
};
