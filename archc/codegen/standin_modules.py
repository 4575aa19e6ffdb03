"""The stand-in's `nn.Module` and the modules that hold others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from archc.codegen.standin_tensors import Tensor
from archc.naming import MODULE_ATTRIBUTES


class Module:
    """`nn.Module`: children and own tensors in the order in which they were assigned."""

    training = True
    is_part = False
    _modules: dict[str, Module]
    _tensors: dict[str, Tensor]

    def __init__(self) -> None:
        self.__dict__.update(_modules={}, _tensors={})

    def __setattr__(self, name: str, value: Any) -> None:
        known = self.__dict__
        if name in MODULE_ATTRIBUTES - {"training"} or (name.startswith("_") and hasattr(Module, name)):
            raise AttributeError(f"`{name}` is what every nn.Module has")
        if isinstance(value, Module):
            self.add_module(name, value)
        elif isinstance(value, Tensor) and "parameter" in value.kind:
            self._own(name, value)
        elif name in known.get("_modules", ()) or name in known.get("_tensors", ()):
            raise TypeError(f"assigns another thing to `{name}`, a module or parameter")
        else:
            known[name] = value

    def add_module(self, name: str, module: Module | None) -> None:
        if not isinstance(module, Module) or not name or "." in name or hasattr(type(self), name):
            raise TypeError(f"cannot have a module called {name!r}")
        if "_modules" not in self.__dict__:
            raise AttributeError("assigns a module before Module.__init__()")
        if name in self._modules or name in self._tensors or self.__dict__.get(name) is not None:
            raise KeyError(f"`{name}` is there already")
        if module.is_part:
            raise ValueError(f"`{name}` is part of a module already")
        self._modules[name] = self.__dict__[name] = module
        module.__dict__["is_part"] = True

    register_module = add_module

    def _own(self, name: str, tensor: Tensor) -> None:
        if "_tensors" not in self.__dict__ or name in self.__dict__ or hasattr(type(self), name):
            raise KeyError(f"cannot have a tensor called `{name}`")
        self._tensors[name] = self.__dict__[name] = tensor

    def register_parameter(self, name: str, param: Tensor) -> None:
        self._own(name, param)

    def register_buffer(self, name: str, tensor: Tensor, persistent: bool = True) -> None:
        tensor.kind = "buffer" if persistent else "buffer outside the state_dict"
        self._own(name, tensor)

    def get_submodule(self, target: str) -> Module:
        found = self
        for name in target.split(".") if target else ():
            found = found._modules[name]
        return found

    def get_parameter(self, target: str) -> Tensor:
        owner, _, name = target.rpartition(".")
        return getattr(self.get_submodule(owner), name)

    def children(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        return iter(self._modules.items())

    def modules(self) -> Iterator[Module]:
        waiting: list[Module] = [self]
        while waiting:
            module = waiting.pop()
            yield module
            waiting += reversed(module._modules.values())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        waiting: list[tuple[str, Module]] = [(prefix, self)]
        while waiting:
            path, module = waiting.pop()
            yield path, module
            inner = module._modules.items()
            waiting += [(f"{path}.{name}" if path else name, child) for name, child in reversed(inner)]

    def own_names(self) -> Iterable[str]:
        """The names of its own tensors."""
        return self._tensors

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Parameters and buffers by path."""
        for path, module in self.named_modules():
            for name in module.own_names():
                yield f"{path}.{name}" if path else name, getattr(module, name)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        return ((path, tensor) for path, tensor in self.named_tensors() if "parameter" in tensor.kind)

    def parameters(self) -> Iterator[Tensor]:
        return (tensor for _, tensor in self.named_parameters())

    def apply(self, function: Callable[[Module], object]) -> Module:
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return cast("Any", self).forward(*args, **kwargs)


class _Numbered(Module):
    """What `nn.Sequential` and `nn.ModuleList` share."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, at: int) -> Module:
        return list(self._modules.values())[at]

    def append(self, module: Module) -> _Numbered:
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> _Numbered:
        for module in modules:
            self.append(module)
        return self


class Sequential(_Numbered):
    """`nn.Sequential`: modules by number, or an `OrderedDict` of them."""

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) != 1 or not isinstance(modules[0], OrderedDict):
            self.extend(modules)
            return
        for name, module in cast("OrderedDict[str, Module]", modules[0]).items():
            self.add_module(name, module)

    def forward(self, x: Any) -> Any:
        for module in self._modules.values():
            x = module(x)
        return x


class ModuleList(_Numbered):
    """`nn.ModuleList`."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)


class ModuleDict(Module):
    """`nn.ModuleDict`."""

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        for name, module in (modules or {}).items():
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)

    def __getitem__(self, name: str) -> Module:
        return self._modules[name]

    def __contains__(self, name: object) -> bool:
        return name in self._modules

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def keys(self) -> Iterable[str]:
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        return self._modules.items()
