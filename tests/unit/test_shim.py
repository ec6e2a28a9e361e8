from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pytest

from neptune_spark import ShimError, UnsupportedSpark, __version__
from neptune_spark._settings import SETTINGS_FILE
from neptune_spark._start import lines, shim
from tests.fake_spark import compilations, make_java, make_sources, make_spark, spark_lines


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = make_java(tmp_path / "java")
    monkeypatch.setenv("JAVA_HOME", str(home))
    return home


@pytest.fixture
def sources(tmp_path: Path, java: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of its own: sources, an empty jars folder, an empty cache, a Spark 4.3.0."""
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(lines, "PACKAGE", package)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("SPARK_HOME", str(make_spark(tmp_path / "spark")))
    return make_sources(package / "_jvm_shim")


def test_builds_once_and_says_so(
    sources: Path, java: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jar = shim.find_jar()
    assert jar.parent == tmp_path / "cache" / "neptune-spark"
    said = capsys.readouterr()
    assert said.err == "building the Neptune jar for Spark 4.3.0 (some seconds, once) ...\n"
    assert shim.find_jar() == jar
    assert len(compilations(java)) == 1
    assert capsys.readouterr() == ("", "")
    assert sorted(f.suffix for f in jar.parent.iterdir()) == [".jar", ".lock"]


def test_what_is_in_the_jar(sources: Path) -> None:
    with zipfile.ZipFile(shim.find_jar()) as jar:
        assert jar.namelist() == [
            "META-INF/MANIFEST.MF",
            "META-INF/services/some.Service",
            "made/Common.class",
            "made/Family.class",
            "made/Line.class",
            "neptune-build.properties",
            "neptune-linkage.txt",
            "neptune-settings.json",
        ]
        assert jar.read("neptune-linkage.txt") == b"what the jar leans on\n"
        assert b"4.3" in jar.read("made/Line.class")
        assert jar.read("neptune-settings.json") == SETTINGS_FILE.read_bytes()
        properties = jar.read("neptune-build.properties").decode()
    assert re.fullmatch(
        rf"spark.version=4\.3\.0\nsource\.hash=[0-9a-f]{{64}}\nversion={re.escape(__version__)}\n",
        properties,
    )


def test_equal_sources_make_equal_jars(sources: Path) -> None:
    jar = shim.find_jar()
    first = jar.read_bytes()
    jar.unlink()
    assert shim.find_jar().read_bytes() == first


@pytest.mark.parametrize(
    "changed",
    [
        "scala/neptune/Common.scala",
        "scala-spark-4.3/neptune/Line.scala",
        "scala-spark-4.x/neptune/Family.scala",
        "resources/META-INF/services/some.Service",
        "scala/neptune/New.scala",
    ],
)
def test_a_change_of_the_sources_makes_another_jar(sources: Path, changed: str) -> None:
    before = shim.find_jar()
    file = sources / "src" / "main" / changed
    file.write_text((file.read_text() if file.exists() else "") + "// changed\n")
    after = shim.find_jar()
    assert after != before
    assert before.exists(), "another checkout may use it"


def test_the_other_line_is_no_source(sources: Path, java: Path) -> None:
    jar = shim.find_jar()
    (sources / "src" / "main" / "scala-spark-4.2" / "neptune" / "Line.scala").write_text("changed")
    assert shim.find_jar() == jar


def test_a_line_has_what_earlier_ones_have_unless_it_is_its_own(
    sources: Path, tmp_path: Path, java: Path
) -> None:
    main = sources / "src" / "main"
    only_once = main / "scala-spark-4.2" / "neptune" / "OnlyOnce.scala"
    only_once.write_text("class OnlyOnce")
    with zipfile.ZipFile(shim.find_jar(make_spark(tmp_path / "later", "4.9.0"))) as jar:
        assert {n: jar.read(n).decode() for n in jar.namelist() if n.startswith("made/")} == {
            "made/Common.class": (main / "scala" / "neptune" / "Common.scala").read_text(),
            "made/Family.class": (
                main / "scala-spark-4.x" / "neptune" / "Family.scala"
            ).read_text(),
            "made/Line.class": (main / "scala-spark-4.3" / "neptune" / "Line.scala").read_text(),
            "made/OnlyOnce.class": "class OnlyOnce",
        }


def test_a_line_of_another_major_version_has_nothing_of_this_family(
    sources: Path, tmp_path: Path
) -> None:
    main = sources / "src" / "main"
    folder = main / "scala-spark-3.5" / "neptune"
    folder.mkdir(parents=True)
    (folder / "Line.scala").write_text("object Line")
    (main / "spark-lines.json").write_text(spark_lines("3.5", "4.2", "4.3"))
    with zipfile.ZipFile(shim.find_jar(make_spark(tmp_path / "spark-3", "3.5.1"))) as jar:
        assert [n for n in jar.namelist() if n.startswith("made/")] == [
            "made/Common.class",
            "made/Line.class",
        ]


def test_it_is_compiled_for_the_oldest_java_of_the_line(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sources / "src" / "main" / "spark-lines.json").write_text(spark_lines("4.3", java=8))
    jars = set()
    for version in ("11.0.2", "1.8.0_392"):
        java = make_java(tmp_path / version, version)
        monkeypatch.setenv("JAVA_HOME", str(java))
        jar = shim.find_jar()
        jars.add(jar)
        (options,) = compilations(java)
        assert options == ["-Xlint", "-deprecation", "-Xfatal-warnings", "-release", "8"]
        jar.unlink()
    assert len(jars) == 1, "whichever Java compiled it"


def test_another_oldest_java_makes_another_jar(sources: Path) -> None:
    before = shim.find_jar()
    (sources / "src" / "main" / "spark-lines.json").write_text(spark_lines("4.3", java=11))
    assert shim.find_jar() != before


def test_each_spark_version_has_its_own(sources: Path, java: Path, tmp_path: Path) -> None:
    homes = [make_spark(tmp_path / v, v) for v in ("4.2.0", "4.3.1")]
    jars = {shim.find_jar(), *map(shim.find_jar, homes)}
    assert len(jars) == len(compilations(java)) == 3


@pytest.mark.parametrize("keep", [0, 1, 0.5, 0.99])
def test_half_a_file_is_not_taken_for_a_jar(sources: Path, java: Path, keep: float) -> None:
    jar = shim.find_jar()
    whole = jar.read_bytes()
    jar.write_bytes(whole[: int(len(whole) * keep) if keep < 1 else 1])
    assert shim.find_jar().read_bytes() == whole
    assert len(compilations(java)) == 2


def test_a_killed_builders_directory_is_swept_up(sources: Path) -> None:
    jar = shim.find_jar()
    jar.unlink()
    left = jar.parent / f"{jar.stem}.tmp-abc"
    (left / "classes").mkdir(parents=True)
    shim.find_jar()
    assert not left.exists()


def test_the_packages_own_jar_comes_first(sources: Path, java: Path) -> None:
    built = shim.find_jar()
    packaged = sources.parent / "jars" / "any-name.jar"
    packaged.parent.mkdir()
    built.rename(packaged)
    assert shim.find_jar() == packaged
    assert len(compilations(java)) == 1


def test_a_packaged_jar_for_another_spark_or_source_is_passed_by(
    sources: Path, tmp_path: Path
) -> None:
    packaged = sources.parent / "jars" / "old.jar"
    packaged.parent.mkdir()
    shim.find_jar(make_spark(tmp_path / "other", "4.3.1")).rename(packaged)
    assert shim.find_jar() != packaged


def _other_build(root: Path) -> Path:
    """A Spark of the same version, and of other bytes."""
    home = make_spark(root)
    (home / "jars" / "spark-core_2.13-4.3.0.jar").write_bytes(b"a vendor's")
    return home


def test_one_that_was_built_for_a_build_is_taken_for_that_build_alone(
    sources: Path, java: Path, tmp_path: Path
) -> None:
    usual = shim.find_jar()
    vendors = _other_build(tmp_path / "vendors")
    assert shim.find_jar(vendors) == usual
    built = shim.build_jar(vendors)
    assert built != usual
    assert shim.find_jar(vendors) == built
    assert shim.find_jar() == usual
    assert shim.find_jar(_other_build(tmp_path / "copied")) == built
    assert len(compilations(java)) == 2


def test_it_comes_before_the_packages_own(sources: Path, tmp_path: Path) -> None:
    packaged = sources.parent / "jars" / "any-name.jar"
    packaged.parent.mkdir()
    shim.find_jar().rename(packaged)
    vendors = _other_build(tmp_path / "vendors")
    built = shim.build_jar(vendors)
    assert (shim.find_jar(vendors), shim.find_jar()) == (built, packaged)


def test_what_tells_a_build_is_the_content_of_sparks_own_jars(
    sources: Path, tmp_path: Path
) -> None:
    usual = shim.find_jar()
    home = _other_build(tmp_path / "vendors")
    built = shim.build_jar(home)
    os.utime(home / "jars" / "spark-core_2.13-4.3.0.jar", (0, 0))
    (home / "jars" / "a-connector-9.0.jar").write_bytes(b"of the user's")
    assert shim.find_jar(home) == built
    (home / "jars" / "spark-sql_2.13-4.3.0.jar").write_bytes(b"patched")
    assert shim.find_jar(home) == usual


def test_on_demand_it_is_built_anew(sources: Path, java: Path) -> None:
    built = shim.build_jar()
    built.write_bytes(b"")
    assert shim.find_jar() != built, "half a file"
    assert shim.build_jar() == built
    assert shim.find_jar() == built
    assert len(compilations(java)) == 3


def test_a_change_of_the_sources_needs_another_build(sources: Path) -> None:
    built = shim.build_jar()
    (sources / "src" / "main" / "scala" / "neptune" / "New.scala").write_text("class New")
    assert shim.find_jar() != built


def test_an_unsupported_spark(sources: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSpark, match=r"Spark 3\.4\.1 .* supports Spark 4\.2, 4\.3, 4\.9"):
        shim.find_jar(make_spark(tmp_path / "old", "3.4.1"))


def test_a_spark_for_another_scala(sources: Path, tmp_path: Path) -> None:
    spark = make_spark(tmp_path / "old")
    jar = spark / "jars" / "spark-core_2.13-4.3.0.jar"
    jar.rename(jar.with_name("spark-core_2.12-4.3.0.jar"))
    with pytest.raises(UnsupportedSpark, match=r"is built for Scala 2\.12: use .* Scala 2\.13"):
        shim.find_jar(spark)


def test_sources_that_do_not_compile(sources: Path) -> None:
    (sources / "src" / "main" / "scala" / "Bad.scala").write_text("DOES NOT COMPILE")
    with pytest.raises(ShimError, match=r"Bad\.scala:1: error: it does not compile"):
        shim.find_jar()
    assert list((Path(os.environ["XDG_CACHE_HOME"]) / "neptune-spark").glob("*.jar")) == []


@pytest.mark.parametrize("parts", [("compiler",), ("reflect",), ("compiler", "reflect")])
def test_a_spark_without_scalas_compiler(
    sources: Path, java: Path, tmp_path: Path, parts: tuple[str, ...]
) -> None:
    home = make_spark(tmp_path / "trimmed")
    for part in parts:
        (home / "jars" / f"scala-{part}-2.13.18.jar").unlink()
    names = " and ".join(rf"scala-{part}-2\.13\.18\.jar" for part in parts)
    with pytest.raises(ShimError, match=rf"trimmed/jars has no {names}, .*: put it there, or"):
        shim.find_jar(home)
    assert compilations(java) == []
    # One that is there already needs no compiler.
    for part in parts:
        (home / "jars" / f"scala-{part}-2.13.18.jar").touch()
    built = shim.find_jar(home)
    for part in parts:
        (home / "jars" / f"scala-{part}-2.13.18.jar").unlink()
    assert shim.find_jar(home) == built


def test_nothing_is_written_to_the_spark(sources: Path, tmp_path: Path) -> None:
    """It may be another user's."""
    home = make_spark(tmp_path / "others")

    def seen() -> dict[Path, int]:
        return {f: f.lstat().st_mtime_ns for f in (home, *home.rglob("*"))}

    before = seen()
    assert shim.find_jar(home).exists()
    assert seen() == before


def test_a_cache_that_cannot_be_written(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(ShimError, match="set XDG_CACHE_HOME to a directory that is"):
        shim.find_jar()


@pytest.mark.parametrize("configured", ["", "relative/cache"])
def test_the_usual_place_of_the_cache(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configured: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", configured)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert shim.find_jar().parent == tmp_path / "home" / ".cache" / "neptune-spark"


def test_no_home_at_all(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ShimError, match="set XDG_CACHE_HOME"):
        shim.find_jar()


def test_where_no_locks_are_known_it_builds_all_the_same(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError("Function not implemented")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert shim.find_jar().exists()


def test_a_package_without_sources(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PACKAGE", tmp_path / "elsewhere" / "neptune_spark")
    with pytest.raises(ShimError, match="has no Scala sources"):
        shim.find_jar()


def test_the_checkouts_sources_are_found() -> None:
    assert lines.source_root() == Path(__file__).parents[2] / "jvm-shim"
