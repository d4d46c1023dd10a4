"""The installation's own signature on its PDFs: any reader shows when one was altered.

The key is made on first use and kept in DATA_DIR, readable by the installation alone, with a
certificate it has signed itself. It says which installation made the file; it is nobody's personal
signature (see README).
"""

import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from workflow_app import clock

FILE = "paper_signing.pem"
KEY_BITS = 3072
YEARS = 10
#: Hex digits set aside for the signature in the file; with certificate it takes about 3,600.
ROOM = 8192
FIELD = "Installation"
REASON = "本系统签章，可查验是否被改动"


@dataclass(frozen=True, slots=True)
class Sealer:
    """The key and its certificate, as ``cryptography`` objects."""

    key: Any
    certificate: Any


def sealer(data_dir: Path, county: str) -> Sealer:
    """The installation's key and certificate, made now if there are none."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = data_dir / FILE
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        _keep(path, _made(county))
        pem = path.read_bytes()  # another process may have been faster: its key counts
    # The check that is skipped (is it a sound RSA key?) takes longer than signing, and the key is our own.
    key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    return Sealer(key, x509.load_pem_x509_certificate(pem))


def _made(county: str) -> bytes:
    """A new key and a certificate over it, one after the other as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    common = f"研修签批 {county}".strip()[:64]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    now = clock.now()
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _keep(path: Path, pem: bytes) -> None:
    """Write the file whole or not at all, never over another one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".signing-")  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(name)


def certificate(data_dir: Path, county: str) -> tuple[str, str]:
    """The certificate as PEM, and its SHA-256 fingerprint in hex."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    found = sealer(data_dir, county).certificate
    return found.public_bytes(Encoding.PEM).decode(), found.fingerprint(hashes.SHA256()).hex()


def sign(pdf: bytes, by: Sealer) -> bytes:
    """The PDF with an invisible certifying signature that permits no change at all; PDF/A stays PDF/A."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    class Signed(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Leave the metadata as typst wrote it: rewritten, it need not be what PDF/A asks for."""

    signer = _signer(by)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=REASON,
        name=signer.signing_cert.subject.native["common_name"],
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    out = BytesIO()
    signers.PdfSigner(metadata, signer=signer).sign_pdf(Signed(BytesIO(pdf)), output=out, bytes_reserved=ROOM)
    return out.getvalue()


def _signer(by: Sealer) -> Any:
    """pyHanko's signer over a key that is loaded already; its own loads the key anew for each signature."""
    from asn1crypto import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko.sign import signers
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Own(signers.Signer):
        async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
            assert digest_algorithm == "sha256"
            return bytes(by.key.sign(data, PKCS1v15(), hashes.SHA256()))

    certificate = x509.Certificate.load(by.certificate.public_bytes(Encoding.DER))
    return Own(signing_cert=certificate, cert_registry=SimpleCertificateStore())
