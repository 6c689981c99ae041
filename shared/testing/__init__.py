from shared.testing.principals import api_client, service_token, user_token

__all__ = ["api_client", "service_token", "user_token"]
