"""Which folder compiled kernels lie in: one that nobody but the user and root can change.

Whoever can write there can have code run, and digests in the files do not help against it (`wellfit.numerics.cache`).
So every folder on the way belongs to the user or to root and is not writable by others, and none is a link. Under a
folder where everybody may make files (the sticky /tmp) that holds only for a name that the user has asked for: there
is no predictable name that somebody else could have taken before.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import stat
import tempfile
import warnings
from pathlib import Path

from wellfit.numerics.sources import compiler_fingerprint

OTHERS_WRITE, GROUP_WRITES = 0o002, 0o020


@functools.cache
def cache_folder() -> Path | None:
    """The folder of compiled kernels: in WELLFIT_CACHE_DIR, in the user's cache folder, or a fresh one.

    A fresh folder is this process's own and is removed at its end. None, where there is none either: kernels then stay
    in memory. Both are said in one warning.
    """
    import platformdirs

    named = os.environ.get("WELLFIT_CACHE_DIR") or platformdirs.user_cache_dir("wellfit", appauthor=False)
    folder = Path(os.path.abspath(named)) / "kernels" / compiler_fingerprint()
    why = why_unusable(folder)
    if not why:
        return folder
    fresh = _fresh_folder()
    warnings.warn(
        f"Compiled kernels cannot be kept in {str(folder)!r}, because {why}: each process compiles them anew. Set "
        "WELLFIT_CACHE_DIR to a folder that you alone can write.",
        RuntimeWarning,
        stacklevel=2,
    )
    return fresh


def why_unusable(folder: Path) -> str:
    """Why kernels cannot be kept in a folder, which is made where it is missing; empty where they can.

    folder: absolute.
    """
    try:
        for part in (*reversed(folder.parents), folder):
            if not os.path.lexists(part):
                part.mkdir(mode=0o700, exist_ok=True)
            why = _who_else_may_change(part)
            if why:
                return why
        if folder.stat().st_mode & (GROUP_WRITES | OTHERS_WRITE):
            return f"others can write in {str(folder)!r}"
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"it cannot be written ({error.strerror or error})"


def _who_else_may_change(part: Path) -> str:
    """Why somebody else may put another file or folder in the place of one; empty where nobody can."""
    if not hasattr(os, "getuid"):  # not POSIX: the rights of the user's own folders are the system's
        return ""
    standing = part.lstat()
    if standing.st_uid not in (0, os.getuid()):
        return f"{str(part)!r} belongs to another user"
    if stat.S_ISLNK(standing.st_mode):
        # Root's links are the layout of the system, such as /home, or /tmp on macOS.
        if standing.st_uid == 0 != os.getuid():
            target = Path(os.path.realpath(part))
            return next(filter(None, map(_who_else_may_change, (*reversed(target.parents), target))), "")
        return f"{str(part)!r} is a link"
    # In a sticky folder nobody can rename or remove what is another's, and what lies in it is looked at next.
    sticky = standing.st_mode & stat.S_ISVTX
    others = standing.st_mode & OTHERS_WRITE or (standing.st_mode & GROUP_WRITES and not _is_own_group(standing.st_gid))
    return f"others can write in {str(part)!r}" if others and not sticky else ""


def _is_own_group(group: int) -> bool:
    """Whether a group has the user's name and no other member, as many systems give one to each user."""
    import grp
    import pwd

    try:
        user, entry = pwd.getpwuid(os.getuid()), grp.getgrgid(group)
    except KeyError:  # neither has an entry, as in a container with a number for a user
        return False
    return user.pw_gid == group and entry.gr_name == user.pw_name and set(entry.gr_mem) <= {user.pw_name}


def _fresh_folder() -> Path | None:
    """A folder of a name that nobody can foresee, removed when this process ends; None where none can be made."""
    try:
        folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="wellfit-kernels-")))
    except OSError:
        return None
    atexit.register(_remove, folder, os.getpid())
    return None if why_unusable(folder) else folder


def _remove(folder: Path, owner: int) -> None:
    """Remove a folder at the end of the process that made it, not at that of a fork."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
