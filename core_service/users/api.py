"""`/api/users/`: people, as they see themselves and as the staff sees them."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core_service.users import operations, queries
from core_service.users.models import User
from core_service.web.serializers import DescribedSerializer
from shared.auth.drf import needs, principal_of
from shared.web.cursors import text_after
from shared.web.pages import page_body, read_page


class NewUser(DescribedSerializer):
    email = serializers.EmailField(max_length=254, help_text="un correo como nombre@empresa.cl")
    password = serializers.CharField(
        max_length=128, trim_whitespace=False, help_text="una contraseña de 8 a 128 caracteres"
    )
    name = serializers.CharField(max_length=200, default="", allow_blank=True, help_text="hasta 200 caracteres")
    phone = serializers.RegexField(
        r"^[+0-9 ()-]{6,30}$", default="", allow_blank=True, help_text="un teléfono como +56 9 1234 5678"
    )


class Me(APIView):
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        body = user_body(queries.user_of(principal))
        return Response(body | {"scopes": sorted(principal.scopes)})


class Users(APIView):
    permission_classes = [needs("core:write")]

    def get(self, request: Request) -> Response:
        page = read_page(request)
        rows = queries.page_of_users(after=text_after(page), limit=page.limit)
        body = page_body(rows, limit=page.limit, key=lambda user: (user.email,))
        return Response(body | {"results": [user_body(user) for user in body["results"]]})

    def post(self, request: Request) -> Response:
        new = NewUser(data=request.data)
        new.is_valid(raise_exception=True)
        user = operations.create_user(**new.validated_data, who=principal_of(request).actor)
        return Response(user_body(user), status=201)


def user_body(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "phone": user.phone,
        "is_staff": user.is_staff,
        "is_active": user.is_active,
        "preferences": user.preferences,
        "created_at": user.created_at,
    }
