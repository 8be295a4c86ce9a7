"""Users of an organization, and their roles."""

from domain.codes import Code


class Role(Code):
    """The role of a user in an organization. `api.http.auth.ROLE_SCOPES` has the scopes of each role."""

    VIEWER = "viewer", "reads everything except keys and settings"
    OPERATOR = "operator", "also creates, executes and undoes operations, and changes orders"
    ADMIN = "admin", "also manages accounts, bridges, users, keys and settings"
