"""`Sequential` groups a chain into one submodule, numbered as `nn.Sequential` numbers it."""

from __future__ import annotations

from torch import nn

from tests.language.support import net, paths, shape, state


def test_it_is_one_submodule() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{as: body, Sequential: [Linear: 3, ReLU, Linear: 2]}, relu]")
    assert list(state(network)) == ["body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias"]
    assert isinstance(network.module().get_submodule("body"), nn.Sequential)


def test_an_unnamed_one_is_called_after_its_place() -> None:
    network = net("inputs: {x: [4]}\nsteps: [relu, {Sequential: [Linear: 3, ReLU]}, {Sequential: [Linear: 2]}]")
    assert list(state(network))[::2] == ["sequential_1.0.weight", "sequential_2.0.weight"]


def test_names_inside_count_as_places() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{as: s, Sequential: [Linear: 3, {ReLU: {}, as: act}, Linear: 2]}, relu]")
    assert paths(network) == ["s.0", "s.act", "s.2"]


def test_places_are_those_that_when_left() -> None:
    network = net("""
        inputs: {x: [4]}
        steps:
          - {as: s, Sequential: [Linear: 3, {Dropout: 0.5, when: false}, ReLU, Linear: 2]}
          - relu
    """)
    assert paths(network) == ["s.0", "s.1", "s.2"]


def test_repeated_steps_take_a_place_each() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{as: s, Sequential: [Linear: 4, {Linear: 4, repeat: 3}, ReLU]}, relu]")
    assert paths(network) == ["s.0", "s.1", "s.2", "s.3", "s.4"]


def test_functions_take_a_place_too() -> None:
    """The chain then is a module of its own with a `forward`, whose children keep the numbers of their places."""
    network = net("inputs: {x: [4]}\nsteps: [{as: s, Sequential: [Linear: 3, relu, Linear: 2]}, relu]")
    assert paths(network) == ["s.0", "s.2"]
    assert list(state(network)) == ["s.0.weight", "s.0.bias", "s.2.weight", "s.2.bias"]


def test_groups_nest() -> None:
    network = net("inputs: {x: [4]}\nsteps: [{as: a, Sequential: [{Sequential: [Linear: 3, ReLU]}, Linear: 2]}, relu]")
    assert paths(network) == ["a.0.0", "a.0.1", "a.1"]


def test_a_network_that_is_one_plain_chain_is_numbered_like_it() -> None:
    network = net(
        "inputs: {x: [3, 6, 6]}\nsteps: [{Conv2d: {out_channels: 2, kernel_size: 3}}, ReLU, Flatten, Linear: 5]"
    )
    assert isinstance(network.module(), nn.Sequential)
    assert list(state(network)) == ["0.weight", "0.bias", "3.weight", "3.bias"]
    assert shape(network) == (5,)


def test_a_network_with_a_function_in_it_is_not() -> None:
    network = net(
        "inputs: {x: [3, 6, 6]}\nsteps: [{Conv2d: {out_channels: 2, kernel_size: 3}}, relu, Flatten, Linear: 5]"
    )
    assert list(state(network)) == ["conv2d_1.weight", "conv2d_1.bias", "linear_1.weight", "linear_1.bias"]


def test_a_group_may_use_what_is_around_it() -> None:
    network = net(
        """
        inputs: {x: [4]}
        steps:
          - {Linear: 4, as: a}
          - {Linear: 4, as: b}
          - {as: s, Sequential: [Linear: 4, {mul: [m, a]}]}
    """.replace("[Linear: 4, {mul", "[{Linear: 4, as: m}, {mul")
    )
    assert shape(network) == (4,)
    assert "s.m.weight" in state(network)
