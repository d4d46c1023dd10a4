"""Logging in with the account of one's unit: OpenID Connect, 企业微信, 钉钉, 飞书; known by staff number."""
