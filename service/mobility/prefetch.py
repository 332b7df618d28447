"""Memory asked for before it is needed.

Rule 1: the one LLVM instruction that numba does not offer stands here.
Rule 2: it changes no value: a fold without it gives the same, at a third of the speed once the state outgrows the cache.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

__all__ = ["prefetch"]

_WRITE, _KEEP, _DATA = 1, 3, 1  # LLVM LangRef, llvm.prefetch: rw, locality, cache type


@intrinsic
def prefetch(typingctx, array, place):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001
    """Fetch the first and the last byte of `array[place]`: an item of 40 bytes may lie in two cache lines."""

    def code(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        kind = signature.args[0]
        items = context.make_array(kind)(context, builder, arguments[0])
        item = cgutils.get_item_pointer(context, builder, kind, items, [arguments[1]])  # type: ignore[no-untyped-call]
        byte = ir.IntType(8).as_pointer()
        whole = ir.IntType(32)
        first = builder.bitcast(item, byte)
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        last = builder.gep(first, [ir.Constant(ir.IntType(64), size - 1)])
        fetch = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole]),
            "llvm.prefetch.p0",
        )
        for address in (first, last):
            builder.call(fetch, [address, *(ir.Constant(whole, flag) for flag in (_WRITE, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(array, types.intp), code
