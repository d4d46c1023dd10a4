"""How many connections this process may hold."""

import select

#: Files the application opens itself: databases, attachments, logs.
OWN = 256
#: ``select`` of Windows takes no more sockets than this.
_WINDOWS = 500


def most_connections(wished: int) -> int:
    """``wished``, or as many as the system lets us; its limit is raised as far as it may be."""
    if not hasattr(select, "poll"):
        return min(wished, _WINDOWS)
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wished + OWN
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(soft - OWN, soft // 2)
    return wished
