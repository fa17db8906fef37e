"""``python -m rxmm``: the same as ``rxmm``."""

from rxmm.cli import main

if __name__ == "__main__":
    main()
