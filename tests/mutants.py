"""Mutants of a function: small changes, each of which a careless hand might make."""

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div, ast.Mult],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
METHODS = {
    "sum": ["mean", "max"],
    "mean": ["sum", "median"],
    "min": ["max"],
    "max": ["min"],
    "idxmin": ["idxmax"],
    "idxmax": ["idxmin"],
    "first": ["last"],
    "last": ["first"],
    "nunique": ["count"],
    "count": ["nunique"],
    "cumsum": ["cumprod"],
    "ffill": ["bfill"],
    "bfill": ["ffill"],
    "any": ["all"],
    "all": ["any"],
    "floor": ["ceil"],
    "ceil": ["floor"],
    "argmin": ["argmax"],
    "argmax": ["argmin"],
}
CALLS = {"min": ["max"], "max": ["min"], "sorted": ["list"], "any": ["all"], "all": ["any"]}


def changes(node: ast.AST, strings: list[str]) -> Iterator[tuple[str, ast.AST]]:
    """The changed versions of one node, each with a word on the change."""
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for operator in OPERATORS.get(type(node.op), ()):
            yield f"operator {operator.__name__}", with_field(node, "op", operator())
    if isinstance(node, ast.BoolOp):
        for operator in OPERATORS[type(node.op)]:
            yield f"operator {operator.__name__}", with_field(node, "op", operator())
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in OPERATORS.get(type(node.ops[0]), ()):
            yield f"comparison {operator.__name__}", with_field(node, "ops", [operator()])
    if isinstance(node, ast.UnaryOp):
        yield "sign or not removed", node.operand
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition negated", with_field(node, "test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield "flag flipped", ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield "one more", ast.Constant(node.value + 1)
            yield "one less", ast.Constant(node.value - 1)
        elif is_text(node):
            for other in strings:
                if other != node.value:
                    yield f"{other!r} instead", ast.Constant(other)
    if isinstance(node, ast.Attribute):
        for other in METHODS.get(node.attr, ()):
            yield f"{other} instead of {node.attr}", with_field(node, "attr", other)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name):
            for other in CALLS.get(node.func.id, ()):
                yield f"{other} instead", with_field(node, "func", ast.Name(other, ast.Load()))
        for n, keyword in enumerate(node.keywords):
            yield (
                f"without {keyword.arg}",
                with_field(node, "keywords", node.keywords[:n] + node.keywords[n + 1 :]),
            )
        if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
            yield f"without .{node.func.attr}()", node.func.value
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.For):
        yield "statement removed", ast.Pass()


def with_field(node: ast.AST, field: str, value: object) -> ast.AST:
    changed = copy.copy(node)
    setattr(changed, field, value)
    return changed


class Replace(ast.NodeTransformer):
    """Puts one changed node in the place of another."""

    def __init__(self, target: ast.AST, new: ast.AST) -> None:
        self.target, self.new = target, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.target:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


def mutants(function: Callable) -> Iterator[tuple[str, Callable]]:
    """Every mutant of the function, with a description "statement | expression: change".

    Texts of exceptions are left as they are: they are for people.
    """
    source = textwrap.dedent(inspect.getsource(function))
    original = ast.parse(source).body[0]
    nodes = list(nodes_with_statement(original))
    strings = sorted(
        {node.value for node, _ in nodes if isinstance(node, ast.Constant) and is_text(node)}
    )
    seen = {ast.unparse(original)}
    for n, (node, statement) in enumerate(nodes):
        for choice, (what, _) in enumerate(changes(node, strings)):
            tree = copy.deepcopy(original)
            target = list(nodes_with_statement(tree))[n][0]
            new = list(changes(target, strings))[choice][1]
            code = ast.unparse(ast.fix_missing_locations(Replace(target, new).visit(tree)))
            if code in seen:
                continue
            seen.add(code)
            names = dict(function.__globals__)
            try:
                exec(compile(code, "<mutant>", "exec"), names)
            except SyntaxError:
                continue
            yield f"{first_line(statement)} | {first_line(node)}: {what}", names[function.__name__]


def nodes_with_statement(tree: ast.FunctionDef) -> Iterator[tuple[ast.AST, ast.stmt]]:
    """Every node of the body with the statement it stands in; docstrings and raises left out."""

    def walk(node: ast.AST, statement: ast.stmt) -> Iterator[tuple[ast.AST, ast.stmt]]:
        if isinstance(node, ast.Raise):
            return
        statement = node if isinstance(node, ast.stmt) else statement
        yield node, statement
        for child in ast.iter_child_nodes(node):
            yield from walk(child, statement)

    for statement in tree.body[1:] if ast.get_docstring(tree) else tree.body:
        yield from walk(statement, statement)


def is_text(node: ast.Constant) -> bool:
    return isinstance(node.value, str)


def first_line(node: ast.AST) -> str:
    line = ast.unparse(node).splitlines()[0]
    return line if len(line) <= 100 else line[:99] + "…"
