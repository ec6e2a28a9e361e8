/* Fills a page from its JSON, again each second while the application lives and is looked at. */
"use strict";

(function () {
  const place = document.getElementById("neptune-page");
  const error = document.getElementById("neptune-error");
  const page = Neptune.pages[place.dataset.page];
  const isLive = place.dataset.live === "true";
  const everyMs = 1000;
  Neptune.base = place.dataset.base;
  Neptune.asked = {};
  let paused = false;
  let round = 0;

  const pause = Neptune.el("button",
    {type: "button", class: "btn btn-sm btn-outline-secondary", id: "neptune-pause"}, "Pause");
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) load();
  });
  if (isLive) {
    place.parentElement.querySelector(".neptune-pages")
      .append(Neptune.el("li", {class: "nav-item ms-auto ml-auto"}, pause));
  }

  /* The part of the address after #, as parameters. */
  function asked() {
    return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  }

  function say(problem) {
    error.textContent = problem || "";
    error.classList.toggle("d-none", !problem);
  }

  /* Only what has changed is replaced, so that what is selected or pointed at stays. */
  function show(parts) {
    const fresh = parts.flat().filter(part => part);
    while (place.children.length > fresh.length) place.lastElementChild.remove();
    fresh.forEach((part, i) => {
      const old = place.children[i];
      if (!old) place.append(part);
      else if (old.outerHTML !== part.outerHTML) old.replaceWith(part);
    });
  }

  async function load() {
    const mine = ++round;
    Neptune.asked = asked();
    const query = new URLSearchParams(Neptune.asked).toString();
    try {
      const answer = await fetch(place.dataset.json + (query ? "?" + query : ""),
        {headers: {Accept: "application/json"}, credentials: "same-origin"});
      if (!answer.ok) throw new Error("the driver answers " + answer.status);
      const data = await answer.json();
      if (mine !== round) return;
      if (data.error) say(data.error);
      else {
        show(page(data));
        say(null);
        place.dataset.time = data.time;
      }
    } catch (problem) {
      if (mine === round) say("This page is not up to date: " + problem.message);
    }
    if (isLive && mine === round) setTimeout(() => { if (mine === round) again(); }, everyMs);
  }

  function again() {
    if (paused) return;
    if (document.hidden) document.addEventListener("visibilitychange", load, {once: true});
    else load();
  }

  window.addEventListener("hashchange", load);
  load();
})();
