"""Members that train on several machines, on Ray (extra `ray`), which is imported only when a cluster is asked for."""

from wellfit.cluster.session import on_cluster

__all__ = ["on_cluster"]
