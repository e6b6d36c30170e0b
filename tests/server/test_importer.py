"""Objects by name, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server import apps
from uvicorn.importer import (
    ImportFromStringError,
    check_module,
    import_from_string,
    suggestion,
)


def test_a_name_leads_to_its_object() -> None:
    assert import_from_string("tests.server.apps:hello") is apps.hello


def test_a_name_may_go_through_attributes() -> None:
    assert import_from_string("tests.server.apps:Namespace.inner") is apps.hello


@pytest.mark.parametrize("value", [apps.hello, None, 5], ids=str)
def test_what_is_no_string_is_the_object_itself(value: object) -> None:
    assert import_from_string(value) is value


FAILURES = {
    "no colon": ("main", 'Import string "main" must be in format "<module>:<attribute>".'),
    "no module": (":app", 'Import string ":app" must be in format "<module>:<attribute>".'),
    "no attribute": ("main:", 'Import string "main:" must be in format "<module>:<attribute>".'),
    "missing module": ("nowhere:app", 'Could not import module "nowhere".'),
    "missing parent": ("nowhere.here:app", 'Could not import module "nowhere.here".'),
    "missing child": ("tests.nowhere:app", 'Could not import module "tests.nowhere".'),
    "missing attribute": (
        "tests.server.apps:nope",
        'Attribute "nope" not found in module "tests.server.apps".',
    ),
    "missing inner attribute": (
        "tests.server.apps:Namespace.nope",
        'Attribute "Namespace.nope" not found in module "tests.server.apps".',
    ),
}


MEANT = {
    "main": "main:app",
    "main.py": "main:app",
    "main.py:api": "main:api",
    "./src/main.py:app": "src.main:app",
    "src/main": "src.main:app",
    "src\\main.py": "src.main:app",
    "main:": "main:app",
}


@pytest.mark.parametrize("name", MEANT)
def test_whoever_names_a_file_hears_how_its_app_is_named(name: str) -> None:
    assert suggestion(name) == f' Did you mean "{MEANT[name]}"?'


@pytest.mark.parametrize("name", ["", ":app", "main:app", "main:nope", "a b", "1.py", "/x/main.py"])
def test_nothing_is_suggested_that_is_no_better(name: str) -> None:
    assert suggestion(name) == ""


@pytest.mark.parametrize(("name", "message"), FAILURES.values(), ids=list(FAILURES))
def test_a_name_that_leads_nowhere_says_where_it_ends(name: str, message: str) -> None:
    with pytest.raises(ImportFromStringError) as caught:
        import_from_string(name)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["tests.server.apps", "wsgiref.simple_server", "sys", "os.path"])
def test_a_module_is_found_without_importing_it(name: str) -> None:
    check_module(name)


def test_a_module_in_a_folder_that_is_no_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder_of_a_test" / "inner").mkdir(parents=True)
    (tmp_path / "folder_of_a_test" / "inner" / "main.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    check_module("folder_of_a_test.inner.main")
    with pytest.raises(ImportFromStringError):
        check_module("folder_of_a_test.inner.other")


@pytest.mark.parametrize("name", ["nowhere", "nowhere.here", "tests.nowhere", "sys.path", "a..b"])
def test_a_module_that_is_not_there_is_not_found(name: str) -> None:
    with pytest.raises(ImportFromStringError, match=f'Could not import module "{name}"'):
        check_module(name)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "imported_for_a_test.py"


def test_an_import_that_fails_inside_the_module_is_its_own_error(module: Path) -> None:
    module.write_text("import a_library_that_is_missing")
    with pytest.raises(ModuleNotFoundError, match="a_library_that_is_missing"):
        import_from_string("imported_for_a_test:app")


def test_an_error_inside_the_module_is_raised_as_it_is(module: Path) -> None:
    module.write_text("1 / 0")
    with pytest.raises(ZeroDivisionError):
        import_from_string("imported_for_a_test:app")
