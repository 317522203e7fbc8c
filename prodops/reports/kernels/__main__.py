"""Where a plain kernel starts."""

from prodops.reports.kernels.plain import main

if __name__ == "__main__":
    main()
