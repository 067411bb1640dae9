"""Gets a token with authlib, as a partner's program would."""

import json
import os

from authlib.integrations.requests_client import OAuth2Session

session = OAuth2Session(
    client_id=os.environ["CLIENT_ID"],
    scope=os.environ["SCOPE"],
    token_endpoint_auth_method="none",  # the certificate is the method
)
session.cert = (os.environ["CERTIFICATE"], os.environ["KEY"])
session.verify = os.environ["CA"]
session.trust_env = False  # a CA bundle in the environment would win
token = session.fetch_token(os.environ["TOKEN_ENDPOINT"], grant_type="client_credentials")
print(json.dumps({"access_token": token["access_token"], "token_type": token["token_type"]}))
