"""A bundle holds what the labels serve, verified, and is the same bytes wherever it is made."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "runtime"))

from shipped import GREET, bundle, label, release, shop

from llmops_cli.errors import FindingsError, UnknownNameError, UsageError
from llmops_cli.load.bundle import BundleError, changed, decode
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.render.verify import UnverifiedError
from llmops_cli.report.bundle import encode
from llmops_cli.runtime.shelf import BundleShelf
from llmops_cli.store.wheel import wheel


@pytest.fixture
def root(tmp_path):
    shop(tmp_path)
    release(tmp_path, "team/other", "0.1.0")
    release(tmp_path, "greet", "1.2.0", GREET.replace("Hello", "Hi"))
    return tmp_path


def content(data):
    document = json.loads(data)
    return document["labels"], {name: [*versions] for name, versions in document["prompts"].items()}


def test_without_a_word_it_is_what_the_labels_serve(root):
    labels, prompts = content(bundle(root, every=False))
    assert prompts == {"greet": ["1.0.0", "1.1.0"]}
    assert labels == {
        "canary": {"greet": {"1.0.0": 50, "1.1.0": 50}},
        "production": {"greet": "1.0.0"},
        "staging": {"greet": "1.1.0"},
    }


def test_a_label_an_id_and_all_narrow_and_widen_it(root):
    assert content(bundle(root, every=False, labels=("production",))) == (
        {"production": {"greet": "1.0.0"}},
        {"greet": ["1.0.0"]},
    )
    assert content(bundle(root))[1] == {"greet": ["1.0.0", "1.1.0", "1.2.0"], "team/other": ["0.1.0"]}
    assert content(bundle(root, ids=("team/other",))) == ({}, {"team/other": ["0.1.0"]})


def test_versions_stand_in_their_order_and_not_in_that_of_their_letters(root):
    for version in ("1.10.0", "1.9.0", "1.10.0-rc.1"):
        release(root, "greet", version, GREET.replace("Hello", version))
    assert content(bundle(root))[1]["greet"] == ["1.0.0", "1.1.0", "1.2.0", "1.9.0", "1.10.0-rc.1", "1.10.0"]


def test_the_bytes_are_the_same_whatever_the_machine_says(root, tmp_path, llmops):
    code = "import sys; from llmops_cli.cli.run import run; sys.exit(run(sys.argv[1:]))"
    copy = tmp_path / "elsewhere" / "p"
    shutil.copytree(root, copy)
    found = set()
    for number in range(4):
        target = tmp_path / f"{number}.json"
        environment = os.environ | {
            "PYTHONHASHSEED": str(random.randrange(1000)),
            "TZ": ["UTC", "Asia/Tokyo", "America/Lima", "Europe/Berlin"][number],
            "LC_ALL": ["C", "C.UTF-8", "POSIX", "C.UTF-8"][number],
        }
        argv = ["-C", str(root if number % 2 else copy), "prompt", "bundle", "--all", "-o", str(target)]
        subprocess.run([sys.executable, "-c", code, *argv], env=environment, check=True, capture_output=True)
        found.add(hashlib.sha256(target.read_bytes()).hexdigest())
    assert len(found) == 1
    assert llmops(root, "prompt", "bundle", "--all").out.encode() == target.read_bytes()
    data = target.read_bytes()
    assert encode(decode(data, "b")) == data


def test_the_order_of_an_output_schema_stays_for_a_model_writes_in_it(tmp_path):
    schema = "{type: object, properties: {zebra: {type: string}, apple: {type: string}}}"
    release(tmp_path, "a", "1.0.0", f"model: m\ntemplate: x\noutput: {{format: json_schema, schema: {schema}}}\n")
    said = json.loads(bundle(tmp_path))["prompts"]["a"]["1.0.0"]["prompt"]
    assert list(said["output"]["schema"]["properties"]) == ["zebra", "apple"]


def test_a_float_stays_a_float_for_a_template_prints_it(tmp_path):
    text = "model: m\nvariables: {x: {type: number, default: 2.0}}\ntemplate: '{{ x }}'\n"
    release(tmp_path, "a", "1.0.0", text)
    assert b'"default":2.0' in bundle(tmp_path)


def test_a_release_that_was_edited_is_refused_by_name(root, llmops):
    path = root / "prompts/.releases/greet/1.0.0.yaml"
    path.write_text(path.read_text().replace("Hello", "Obey"))
    with pytest.raises(UnverifiedError, match=r"greet@1\.0\.0"):
        bundle(root)
    done = llmops(root, "prompt", "bundle", "-o", root / "new.json", code=1)
    assert "greet@1.0.0" in done.err
    assert not (root / "new.json").exists()


def test_a_label_that_points_at_nothing_is_refused_by_name(root, llmops):
    label(root, "production", "greet: 9.0.0\n")
    with pytest.raises(FindingsError, match=r"production serves greet@9\.0\.0"):
        bundle(root)
    assert "production.yaml:1" in llmops(root, "prompt", "bundle", code=1).err


def test_a_label_on_a_prompt_that_was_renamed_takes_the_release_from_its_old_name(root):
    (root / "prompts/hello.yaml").write_text(f"id: hello\naliases: [greet]\n{GREET}")
    for name in ("staging", "canary"):
        (root / f"prompts/.labels/{name}.yaml").unlink()
    label(root, "production", "hello: 1.0.0\n")
    made = bundle(root, every=False)
    assert content(made) == ({"production": {"hello": "1.0.0"}}, {"hello": ["1.0.0"]})
    assert bundle(root, every=False, ids=("hello",)) == made
    shelf = BundleShelf(decode(made, "b"), "bundle", "b")
    assert shelf.named("greet") == "hello"
    prompt, _ = shelf.release("hello", "1.0.0")
    assert (prompt.id, prompt.version, prompt.aliases) == ("hello", "1.0.0", ("greet",))
    assert content(bundle(root))[1]["hello"] == ["1.0.0"]


def test_a_label_on_a_prompt_that_nobody_ever_released_is_refused_by_name(root):
    label(root, "production", "greet: 1.0.0\ngone: 1.0.0\n")
    with pytest.raises(FindingsError, match=r"production serves gone@1\.0\.0"):
        bundle(root, every=False)


def test_a_label_file_with_an_error_is_refused(root):
    label(root, "production", "greet: 1.0\n")
    with pytest.raises(InvalidFilesError):
        bundle(root)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"ids": ("gret",)}, UnknownNameError, "did you mean greet"),
        ({"labels": ("prod",)}, UnknownNameError, "did you mean production|production"),
        ({"ids": ("team/other",), "every": False}, UsageError, "promote team/other@0.1.0"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(arguments, error, words, root):
    with pytest.raises(error) as caught:
        bundle(root, **arguments)
    assert any(part in caught.value.hint for part in words.split("|"))


def test_without_a_release_it_says_which_command_makes_one(project, llmops):
    assert "llmops prompt release" in llmops(project.root, "prompt", "bundle", code=2).err


def test_a_changed_release_is_found_between_two_bundles(root):
    old = decode(bundle(root), "old")
    release(root, "greet", "1.1.0", GREET.replace("Hello", "Other"))
    assert changed(old, decode(bundle(root), "new")) == ("greet@1.1.0",)
    assert changed(old, old) == ()


def test_every_key_of_a_bundle_is_its_schemas(root):
    document = json.loads(bundle(root))
    document["prompts"]["greet"]["1.0.0"]["more"] = 1
    with pytest.raises(BundleError, match="schema"):
        decode(json.dumps(document).encode(), "b")


def test_a_wheel_is_the_same_bytes_and_says_what_is_in_it(root, tmp_path, llmops):
    first = llmops(root, "prompt", "bundle", "--wheel", "Acme.Prompts", "-o", tmp_path / "one").out.strip()
    second = llmops(root, "prompt", "bundle", "--wheel", "Acme.Prompts", "-o", tmp_path / "two").out.strip()
    assert Path(first).read_bytes() == Path(second).read_bytes()
    digest = json.loads(bundle(root, every=False))["sha256"]
    assert Path(first).name == f"acme_prompts-0.0.0+sha{digest[:12]}-py3-none-any.whl"
    with zipfile.ZipFile(first) as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("acme_prompts/prompts.bundle.json") == bundle(root, every=False)
        metadata = archive.read(next(name for name in archive.namelist() if name.endswith("METADATA"))).decode()
        assert "Requires-Dist: llmops-cli" in metadata.splitlines()
        record = archive.read(next(name for name in archive.namelist() if name.endswith("RECORD"))).decode()
        assert {line.split(",")[0] for line in record.splitlines()} == {*archive.namelist()}


@pytest.mark.parametrize(
    "name", ["", "json", "yaml", "llmops-cli", "3prompts", "class", "a/b", "../x", "a b", "-a", "a\n", "ä"]
)
def test_a_wheel_that_would_hide_another_module_is_refused(name):
    with pytest.raises(UsageError):
        wheel(name, "1.0.0", b"{}", "0" * 64)


@pytest.mark.parametrize("version", ["1.0.0-rc.1", "v1", "1.0/2", "latest", "1.0.0+A", "1 "])
def test_a_wheel_needs_a_version_of_python(version):
    with pytest.raises(UsageError):
        wheel("acme", version, b"{}", "0" * 64)


def test_a_version_without_a_wheel_is_a_slip(root, llmops):
    assert "--wheel" in llmops(root, "prompt", "bundle", "--version", "1.0.0", code=2).err


@pytest.mark.slow
def test_a_program_loads_by_label_out_of_an_installed_wheel(root, tmp_path, llmops):
    path = llmops(root, "prompt", "bundle", "--wheel", "acme-prompts", "--version", "3.2.0", "-o", tmp_path / "dist")
    venv.create(tmp_path / "venv", with_pip=True, system_site_packages=False)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    install = [python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", path.out.strip()]
    subprocess.run(install, check=True, env=environment)
    code = (
        "from llmops_cli import prompts\n"
        "prompt = prompts.get('greet@production')\n"
        "print(prompt.version, prompt.attributes['source'], prompt.render(name='Ada').messages[-1]['content'])\n"
        "import acme_prompts; print([name for name in vars(acme_prompts) if not name.startswith('__')])"
    )
    here = environment | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([python, "-c", code], env=here, capture_output=True, text=True, check=True)
    assert done.stdout == "1.0.0 wheel:acme-prompts Hello Ada\n[]\n"
    fresh = tmp_path / "second"
    release(root, "greet", "2.0.0", GREET.replace("Hello", "Two"))
    label(root, "production", "greet: 2.0.0\n")
    other = llmops(root, "prompt", "bundle", "--label", "production", "--wheel", "rival", "-o", fresh).out.strip()
    subprocess.run([*install[:-1], other], check=True, env=environment)
    done = subprocess.run([python, "-c", code], env=here, capture_output=True, text=True, check=False)
    assert "greet is in several sources: wheel:acme-prompts, wheel:rival" in done.stderr
    chosen = code.replace("prompts\n", "prompts\nprompts.configure(wheel='rival')\n", 1)
    done = subprocess.run([python, "-c", chosen], env=here, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("2.0.0 wheel:rival Two Ada")
