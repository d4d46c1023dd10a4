"""YAML text into plain data, with the line of every path: the first step of reading a definition."""

import difflib
from collections.abc import Sequence
from typing import Any

import yaml

Path_ = tuple[str | int, ...]
#: How deep lists and mappings may stand in one another; a definition needs fewer than ten.
MAX_NESTING = 50
_STARTS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class PlainRefused(Exception):
    """The text cannot be read: on which line and why, in Chinese."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


def read(text: str) -> tuple[Any, dict[Path_, int]]:
    """Plain data and the line of every path in it.

    Raises:
        PlainRefused: for bad YAML, anchors, deep nesting, keys that are no text or stand twice.
    """
    lines: dict[Path_, int] = {}
    loader: yaml.SafeLoader | None = None
    try:
        loader = yaml.SafeLoader(text)
        _refuse_odd_tokens(text)
        node = loader.get_single_node()
        return _plain(loader, node, (), lines), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PlainRefused(mark.line + 1 if mark else 1, f"YAML 写法有误（{error.problem}）") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise PlainRefused(line, "YAML 写法有误，文件里有不能识别的字符") from error
    except ValueError as error:
        raise PlainRefused(1, "内容无法读取（有不成立的日期或数字）") from error
    finally:
        if loader is not None:
            loader.dispose()


def _refuse_odd_tokens(text: str) -> None:
    """Refuse anchors, and deep nesting early: the scanner's time grows with the square of the depth."""
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        depth += isinstance(token, _STARTS) - isinstance(token, _ENDS)
        if depth > MAX_NESTING:
            raise PlainRefused(token.start_mark.line + 1, f"内容嵌套过深，最多 {MAX_NESTING} 层")
        if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
            raise PlainRefused(token.start_mark.line + 1, "不能使用锚点（& 和 *），请把内容写全")


def _plain(loader: yaml.SafeLoader, node: Any, path: Path_, lines: dict[Path_, int]) -> Any:
    if node is None:
        return None
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise PlainRefused(line, "键应是一个名字（文字）")
            if key in result:
                raise PlainRefused(line, f"「{key}」写了两次")
            lines[(*path, key)] = line
            result[key] = _plain(loader, value_node, (*path, key), lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*path, index), lines) for index, item in enumerate(node.value)]
    return loader.construct_object(node)


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """A name that points nowhere, as a sentence: with the nearest one known, or all of them."""
    near = difflib.get_close_matches(name, known, 1)
    hint = f"，是不是「{near[0]}」？" if near else f"；可用的有：{'、'.join(known)}"
    return f"没有「{name}」这个{what}{hint}"
