"""Settings by which Spark secures its connections and files, and what `apps/encrypted.py` answers.

They are as users have them; the certificate is of the JDK's keytool.
"""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neptune_spark._start.spark_install import find_java, find_spark

SECRET = {"spark.authenticate.secret": "of the applications and the masters"}
AUTHENTICATION = {"spark.authenticate": "true"}
CRYPTO = {
    **AUTHENTICATION,
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.saslFallback": "false",
}
SASL = {
    **AUTHENTICATION,
    "spark.authenticate.enableSaslEncryption": "true",
    "spark.network.sasl.serverAlwaysEncrypt": "true",
}
FILES = {"spark.io.encryption.enabled": "true"}

#: What shows in files whether they are encrypted, and fills many of them.
APPLICATION = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.shuffle.spill.numElementsForceSpillThreshold": "200",
    "spark.shuffle.compress": "false",
    "spark.shuffle.spill.compress": "false",
    "spark.broadcast.compress": "false",
}

_PASSWORD = "of the key store"
_CERTIFICATE = "certificate.pem"


def tls(directory: Path) -> dict[str, str]:
    """Settings of TLS for Spark's RPC, with a certificate of its own in the directory."""
    store, trusted, certificate = (
        str(directory / name) for name in ("keys.p12", "trusted.p12", _CERTIFICATE)
    )
    names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1"]
    key = ["-genkeypair", "-keyalg", "RSA", "-keysize", "2048", "-validity", "2", *names]
    _keytool(store, *key)
    _keytool(store, "-exportcert", "-rfc", "-file", certificate)
    _keytool(trusted, "-importcert", "-noprompt", "-file", certificate)
    return {
        "spark.ssl.rpc.enabled": "true",
        "spark.ssl.rpc.protocol": "TLSv1.3",
        "spark.ssl.rpc.keyStore": store,
        "spark.ssl.rpc.keyStorePassword": _PASSWORD,
        "spark.ssl.rpc.keyPassword": _PASSWORD,
        "spark.ssl.rpc.trustStore": trusted,
        "spark.ssl.rpc.trustStorePassword": _PASSWORD,
    }


def for_executors(settings: Mapping[str, str]) -> dict[str, str]:
    """The passwords of TLS, which Spark itself hands to executors of a standalone master only."""
    names = {"key": "KEY", "keyStore": "KEY_STORE", "trustStore": "TRUST_STORE"}
    return {
        f"spark.executorEnv._SPARK_SSL_RPC_{name}_PASSWORD": settings[f"spark.ssl.rpc.{of}Password"]
        for of, name in names.items()
    }


def _keytool(store: str, *words: str) -> None:
    program = Path(find_java(find_spark())).resolve().with_name("keytool")
    of_store = ["-alias", "spark", "-keystore", store, "-storepass", _PASSWORD]
    subprocess.run([program, *words, *of_store], check=True, capture_output=True)


def check(answers: dict[str, Any], settings: Mapping[str, str]) -> None:
    """The answers that are the same however Spark is secured, and that it was."""
    assert answers.pop("suspensions") >= 1
    certificate = answers.pop("certificate")
    if "spark.ssl.rpc.enabled" in settings:
        own = Path(settings["spark.ssl.rpc.keyStore"]).with_name(_CERTIFICATE).read_text()
        assert ssl.PEM_cert_to_DER_cert(certificate) == ssl.PEM_cert_to_DER_cert(own.strip())
    assert answers == {
        "high": [{"0": 34, "1": 33, "2": 33}, 20],
        "low had ended": False,
        "low": sum(range(2000)),
        "plain text": "spark.io.encryption.enabled" not in settings,
    }
