"""What our compiled classes lean on in Spark's, read from the class files of both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dev.spark_members.bodies import body_hash
from dev.spark_members.listing import CLASS, OVERRIDES, PACKAGE, Leaned, Listing
from dev.spark_members.names import dotted, file_of, signature
from neptune_spark._start.class_files import (
    FINAL,
    PRIVATE,
    STATIC,
    SYNTHETIC,
    ClassFile,
    Member,
)
from neptune_spark._start.reflected import reflected_in
from neptune_spark._start.spark_classes import SparkClasses

_SPARK = "org/apache/spark/"
#: What Spark keeps as it is for its users. All else counts, public or not: byte code has Scala's
#: private[spark] as public.
PUBLIC = ("org/apache/spark/api/plugin/",)
_PUBLIC_CLASSES = (f"{_SPARK}SparkConf", f"{_SPARK}SparkException", f"{_SPARK}internal/Logging")

#: What we neither call nor override, and yet lean on: it must go on doing what it does. By class:
#: how the signatures of its methods begin, and our file that says why.
WATCHED = {
    "ExecutorAllocationManager": (
        (
            "addExecutors(",
            "maxNumExecutorsNeededPerResourceProfile(",
            "org$apache$spark$ExecutorAllocationManager$$onSchedulerBacklogged(",
            "org$apache$spark$ExecutorAllocationManager$$onSchedulerQueueEmpty(",
            "updateAndSyncNumExecutorsTarget(",
        ),
        "AllocationBacklog",
    ),
    "ExecutorAllocationManager$ExecutorAllocationListener": (
        (
            "getPendingTaskSum(",
            "hasPendingRegularTasks(",
            "onTaskEnd(",
            "onTaskStart(",
            "pendingTasksPerResourceProfile(",
        ),
        "AllocationBacklog",
    ),
    "SparkContext": (("<init>(SparkConf)",), "MasterStandIn"),
    "SparkContext$": (("org$apache$spark$SparkContext$$createTaskScheduler(",), "MasterStandIn"),
    "api/python/BasePythonRunner$ReaderInputStream": (("read(",), "IdleTimeout"),
    "api/python/PythonWorkerFactory": (
        ("createSimpleWorker(", "createThroughDaemon(", "startDaemon("),
        "worker/daemon.py",
    ),
    "executor/CoarseGrainedExecutorBackend": (
        ("org$apache$spark$executor$CoarseGrainedExecutorBackend$$decommissionSelf(",),
        "Suspension",
    ),
    "executor/Executor$TaskRunner": (("run(", "kill("), "SuspendableTasks"),
    "memory/ExecutionMemoryPool": (("acquireMemory(",), "Wait"),
    "memory/TaskMemoryManager": (("acquireExecutionMemory(",), "HeldMemory"),
    "scheduler/DAGScheduler": (
        ("org$apache$spark$scheduler$DAGScheduler$$submitMissingTasks(", "submitMissingTasks("),
        "StagePriorities",
    ),
    "scheduler/EventLoggingListener": (("onOtherEvent(",), "Chronicle"),
    "scheduler/cluster/CoarseGrainedSchedulerBackend": (("isExecutorActive(",), "Suspension"),
    # All methods: what else they do than what is left to them must be known.
    "scheduler/cluster/YarnClusterScheduler": (("",), "SubstituteScheduler"),
    "scheduler/cluster/YarnScheduler": (("",), "SubstituteScheduler"),
    "sql/execution/SubqueryExec$": (("<clinit>(",), "DriverThreads"),
    "sql/execution/exchange/BroadcastExchangeExec$": (("<clinit>(",), "DriverThreads"),
    "storage/BlockInfoManager": (("acquireLock(", "blockInfo("), "Wait"),
    "util/Utils": (("classIsLoadable(",), "_start/session.py"),
    "util/collection/AppendOnlyMap": (("changeValue(",), "HeldMemory"),
    "util/collection/ExternalAppendOnlyMap": (("forceSpill(",), "HeldMemory"),
    "util/collection/ExternalSorter": (("forceSpill(",), "HeldMemory"),
    "util/collection/Spillable": (("maybeSpill(", "spill("), "HeldMemory"),
    "util/collection/unsafe/sort/UnsafeExternalSorter$SpillableIterator": (
        ("loadNext(", "spill("),
        "HeldMemory",
    ),
    "util/collection/unsafe/sort/UnsafeInMemorySorter$SortedIterator": (
        ("loadNext(",),
        "HeldMemory",
    ),
    "util/collection/unsafe/sort/UnsafeSorterSpillReader": (("loadNext(",), "HeldMemory"),
}

#: The same of what only earlier lines have.
WATCHED_EARLIER = {
    "api/python/BasePythonRunner$WriterThread": (("run(",), "SuspendableTaskContext"),
}
#: Packages of which our classes know the names in parts, and our file that does.
PACKAGES = {
    "api/python": "PythonStages",
    "sql/execution/datasources/v2/python": "PythonStages",
    "sql/execution/python": "PythonStages",
}
# What a string names, by which our code knows a frame of a stack, for example; packages with and
# without a dot behind.
_NAME = re.compile(r"org\.apache\.spark(\.[\w$]+)+\.?")


def add_jvm(listing: Listing, classes: Iterable[bytes], spark: SparkClasses) -> None:
    """Add what our classes lean on in a Spark's to a list.

    Parameters
    ----------
    listing : Listing
        The list.
    classes : Iterable[bytes]
        The contents of our class files, compiled for that Spark.
    spark : SparkClasses
        The classes of that Spark.
    """
    contents = list(classes)
    ours = {each.name: each for each in map(ClassFile, contents)}
    reader = _Reader(listing, ours, spark)
    for each in ours.values():
        reader.add_calls(each)
        reader.add_overridden(each)
        for name in named_in(each):
            add_named(listing, spark, name, file_of(each.name))
    for package, user in PACKAGES.items():
        add_named(listing, spark, _SPARK + package, user)
    for member in reflected_in(contents):
        reader.add_field(
            member.owner.replace(".", "/"), member.field, f"reflected in {member.user}"
        )
    for name, (beginnings, user) in {**WATCHED, **WATCHED_EARLIER}.items():
        reader.add_watched(_SPARK + name, beginnings, user)
    reader.add_offers()


class _Reader:
    def __init__(self, listing: Listing, ours: dict[str, ClassFile], spark: SparkClasses) -> None:
        self._listing, self._ours, self._spark = listing, ours, spark
        self._extended: set[str] = set()

    def add_calls(self, user: ClassFile) -> None:
        for kind, *named in user.constants():
            if kind == "class" and self._counts(named[0]):
                self._listing.owner(dotted(named[0]))
            elif kind in ("field", "method") and not _of_the_compiler(named[1]):
                owner = self._spark_owner(named[0])
                if owner is not None and self._counts(owner):
                    self._add(owner, kind, named[1], named[2], file_of(user.name))

    def add_overridden(self, user: ClassFile) -> None:
        for parent in self._parents(user):
            if parent.name in (user.parent, *user.interfaces):
                self._listing.owner(dotted(parent.name)).users.append(file_of(user.name))
            self._extended.add(parent.name)
            inherited = {(m.name, m.descriptor): m for m in parent.methods if _may_override(m)}
            for method in user.methods:
                if (method.name, method.descriptor) in inherited:
                    found = inherited[method.name, method.descriptor]
                    self._put(parent.name, parent, found, f"{OVERRIDES}{file_of(user.name)}")

    def add_field(self, owner: str, name: str, user: str) -> None:
        file = user.rpartition(".")[2]
        listed = self._listing.owner(dotted(owner))
        found = self._spark.find(owner)
        if not name:
            listed.members.setdefault(CLASS, Leaned()).users.append(f"named in {file}")
        for field in found.fields if found else ():
            if field.name == name and found is not None:
                self._put(owner, found, field, f"reflected in {file}")

    def add_watched(self, owner: str, beginnings: tuple[str, ...], user: str) -> None:
        found = self._spark.find(owner)
        for method in found.methods if found else ():
            if found is not None and signature(method).startswith(beginnings):
                self._put(owner, found, method, f"watched for {user}")

    def add_offers(self) -> None:
        for name in self._extended:
            listed = self._listing.owner(dotted(name))
            used = {signature.split("(")[0] for signature in listed.members}
            listed.offers = sorted(offered(self._spark, name) - used)

    def _spark_owner(self, owner: str) -> str | None:
        """The class of Spark's that has what is named by way of a class of ours."""
        seen = owner
        while seen in self._ours:
            seen = self._ours[seen].parent or ""
        return seen if seen.startswith(_SPARK) else None

    def _counts(self, name: str) -> bool:
        return (
            name.startswith(_SPARK)
            and name not in self._ours
            and not name.startswith(PUBLIC)
            and name.rstrip("$") not in _PUBLIC_CLASSES
        )

    def _parents(self, user: ClassFile) -> Iterator[ClassFile]:
        """All that a class of ours extends and that is Spark's, near or far."""
        left = [user.parent or "", *user.interfaces]
        seen: set[str] = set()
        while left:
            name = left.pop(0)
            if name in self._ours:
                left += [self._ours[name].parent or "", *self._ours[name].interfaces]
            else:
                for each in self._spark.ancestors(name):
                    if each.name not in seen and self._counts(each.name):
                        seen.add(each.name)
                        yield each

    def _add(self, owner: str, kind: str, name: str, descriptor: str, user: str) -> None:
        found = self._spark.member(owner, kind, name, descriptor)
        if found is not None:
            self._put(owner, *found, user)

    def _put(self, owner: str, declared: ClassFile, member: Member, user: str) -> None:
        listed = self._listing.owner(dotted(owner)).members
        leaned = listed.setdefault(signature(member), Leaned())
        if member.code is not None:
            leaned.body = body_hash(declared, member)
        leaned.users.append(user)


def named_in(user: ClassFile) -> set[str]:
    """Names of Spark's classes and packages that strings of a class of ours consist of."""
    texts = {named[0] for kind, *named in user.constants() if kind == "string"}
    return {text.rstrip(".").replace(".", "/") for text in texts if is_sparks_name(text)}


def is_sparks_name(text: str) -> bool:
    """Whether a string is the name of a class or a package of Spark's, and not of ours."""
    return _NAME.fullmatch(text) is not None and ".neptune." not in text


def add_named(listing: Listing, spark: SparkClasses, name: str, user: str) -> None:
    """Add a class or a package that we know by its name to a list, where a Spark has it."""
    if spark.find(name) is not None:
        kind = CLASS
    elif spark.has_package(name):
        kind = PACKAGE
    else:
        # Another line has it.
        return
    listed = listing.owner(dotted(name)).members.setdefault(kind, Leaned())
    listed.users.append(f"named in {user}")


def offered(spark: SparkClasses, name: str) -> set[str]:
    """Names of the methods that a class lets others override, but for those for logging."""
    owner, logging = (spark.find(each) for each in (name, f"{_SPARK}internal/Logging"))
    methods = [] if owner is None else owner.methods
    for_logging = set() if logging is None else {m.name for m in logging.methods}
    names = {m.name for m in methods if _may_override(m) and not _generated(m.name)}
    return names - for_logging


def _may_override(method: Member) -> bool:
    return method.name != "<init>" and not method.access & (PRIVATE | STATIC | FINAL | SYNTHETIC)


def _of_the_compiler(name: str) -> bool:
    """Whether a member comes with another one: arguments' defaults, what mixes traits in."""
    return "$default$" in name or name.endswith("$") or name.startswith("$")


def _generated(name: str) -> bool:
    return _of_the_compiler(name) or name.endswith("_$eq") or name.startswith("org$apache$")
