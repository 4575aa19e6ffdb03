"""Tables: papers give architectures as tables, and so do specs."""

from __future__ import annotations

from archc import codes
from tests.language.support import finding, net, shape, state

TABLE = """
    params:
      stages:
        type: table
        columns: {out: int, bias: bool}
        default: [[6, true], [4, false], [2, true]]
    inputs: {x: [8]}
    steps:
      - {Linear: {out_features: row.out, bias: row.bias}, repeat: {row: stages}}
"""


def test_repeat_goes_over_the_rows() -> None:
    network = net(TABLE)
    assert list(state(network)) == ["0.weight", "0.bias", "1.weight", "2.weight", "2.bias"]
    assert shape(network) == (2,)


def test_rows_can_be_indexed() -> None:
    network = net(
        TABLE.replace("row.out, bias: row.bias}, repeat: {row: stages}", '"stages[i].out"}, repeat: {i: len(stages)}')
    )
    assert state(network)["2.weight"] == (2, 4)


def test_rows_may_be_written_as_mappings() -> None:
    network = net(TABLE.replace("[4, false]", "{bias: false, out: 4}"))
    assert "1.bias" not in state(network)


def test_a_table_can_be_set_as_a_whole() -> None:
    network = net(TABLE, params={"stages": [[7, False]]})
    assert state(network) == {"0.weight": (7, 8)}


def test_every_cell_has_its_columns_type() -> None:
    wrong = finding(TABLE.replace("[4, false]", "[4, maybe]"))
    assert (wrong.code, wrong.line, wrong.column) == (codes.BAD_PARAM, 5, 14)
    assert wrong.message == "parameter `stages` row 1 must have true or false as `bias`, not `maybe`"


def test_every_row_has_all_columns() -> None:
    wrong = finding(TABLE.replace("[4, false]", "[4]"))
    assert wrong.code == codes.BAD_PARAM
    assert "row 1 must have the 2 columns out, bias" in wrong.message


def test_an_unknown_column_is_an_error() -> None:
    wrong = finding(TABLE.replace("row.out", "row.otu"))
    assert (wrong.code, wrong.line) == (codes.EXPR_NAME, 8)
    assert wrong.help == "did you mean `out`?"
