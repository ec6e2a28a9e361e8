"""A server that answers as the tab in Spark's UI does, and an answer of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Tuple

#: A status, and the body.
Reply = Tuple[int, str]

NO_TAB: Reply = (404, "<html>no such page</html>")


def latency(count: int) -> dict[str, Any]:
    return {"count": count, "p50_s": 0.012, "p99_s": 0.0345, "max_s": 1.0}


def level(priority: int, running: int, pending: int, suspended: int) -> dict[str, Any]:
    return {
        "priority": priority,
        "tasks_running": running,
        "tasks_pending": pending,
        "tasks_suspended": suspended,
        "cores_lent": float(suspended),
        "first_task_latency": latency(3 if priority else 0),
    }


def suspended(task_id: int, **more: Any) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "stage_id": 40,
        "stage_attempt": 0,
        "job_id": 30,
        "executor_id": "12",
        "host": "ip-10-12-13-14.some-region.compute.internal",
        "priority": -10,
        "times_suspended": 3,
        "bound_used": 0.25,
        "since_s": 1.5,
        "manual": False,
        "for_priority": 10,
        "for_stage_id": 41,
        "for_limit": None,
        **more,
    }


def waiting(stage_id: int, reason: str) -> dict[str, Any]:
    return {
        "stage_id": stage_id,
        "stage_attempt": 0,
        "job_id": 31,
        "priority": 10,
        "tasks_pending": 4,
        "tasks_running": 8,
        "reason": reason,
    }


def answer(
    rows: Sequence[dict[str, Any]] = (), waits: Sequence[dict[str, Any]] = (), **more: Any
) -> dict[str, Any]:
    """What the tab says of a live application."""
    ways = ("suspend_latency", "resume_latency", "suspend_round_trip", "resume_round_trip")
    figures = {
        "suspensions": 1234,
        "resumptions": 1200,
        "rescues": 1,
        "cores_lent": 25.0,
        "cores_lent_max": 32.0,
        "work_kept_core_s": 12345.678,
        "kills": 0,
        "policy_faults": 0,
        **{way: latency(3) for way in ways},
        "decision_time": latency(0),
    }
    return {
        "live": True,
        "time": 1_764_180_000_000,
        "policy": "lb",
        "statistics": figures,
        "levels": [level(10, 8, 12, 0), level(0, 0, 4, 0), level(-10, 1, 40, len(rows))],
        "suspended": {"total": len(rows), "page": 1, "page_size": 200, "rows": list(rows)},
        "waiting": list(waits),
        "waiting_left_out": 0,
        **more,
    }


@contextmanager
def serving(replies: Sequence[Reply]) -> Iterator[tuple[str, list[str]]]:
    """Yield a server's address, and the paths that it was asked for; the last reply is for good."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            status, body = replies[min(len(paths), len(replies)) - 1]
            if self.path == "/jobs/":
                status, body = 200, "<html>Spark's first page</html>"
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/jobs/")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", paths
        finally:
            server.shutdown()
            thread.join()


def said(**answered: Any) -> Reply:
    return 200, json.dumps(answer(**answered))
