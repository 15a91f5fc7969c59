"""``python -m weftwork`` is the command ``weftwork``."""

from weftwork.cli import main

if __name__ == "__main__":
    main()
