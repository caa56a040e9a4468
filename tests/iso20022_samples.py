"""Small ISO 20022 messages with made-up parties and real structure."""

from __future__ import annotations

PAYER, PAYEE = "DE89370400440532013000", "GB29NWBK60161331926819"
UETR = "eb6305c9-1f7f-49de-aed0-16487c27b42d"
_URN = "urn:iso:std:iso:20022:tech:xsd:"


def document(name: str, body: str) -> bytes:
    return f'<?xml version="1.0"?><Document xmlns="{_URN}{name}">{body}</Document>'.encode()


def _account(number: str) -> str:
    return f"<Id><IBAN>{number}</IBAN></Id>"


def _bank(bic: str) -> str:
    return f"<FinInstnId><BICFI>{bic}</BICFI></FinInstnId>"


def transfer(
    amount: str = '<IntrBkSttlmAmt Ccy="EUR">1234.56</IntrBkSttlmAmt>', ids: str = f"<UETR>{UETR}</UETR>"
) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>INV-7</EndToEndId><TxId>T7</TxId>{ids}</PmtId>{amount}"
        "<ChrgBr>SLEV</ChrgBr><Dbtr><Nm>A Payer</Nm></Dbtr>"
        f"<DbtrAcct>{_account(PAYER)}</DbtrAcct><DbtrAgt>{_bank('COBADEFF')}</DbtrAgt>"
        f"<CdtrAgt>{_bank('NWBKGB2L')}</CdtrAgt><Cdtr><Nm>A Payee</Nm></Cdtr><CdtrAcct>{_account(PAYEE)}</CdtrAcct>"
        "<Purp><Cd>GDDS</Cd></Purp><RmtInf><Ustrd>invoice 7</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def pacs_008(version: str = "001.08", payments: str | None = None) -> bytes:
    body = payments if payments is not None else transfer()
    return document(
        f"pacs.008.{version}",
        "<FIToFICstmrCdtTrf><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-01T10:00:00.250+01:00</CreDtTm>"
        f"<NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf><InstgAgt>{_bank('COBADEFF')}</InstgAgt>"
        f"</GrpHdr>{body}</FIToFICstmrCdtTrf>",
    )


def pacs_004(version: str = "001.09") -> bytes:
    return document(
        f"pacs.004.{version}",
        "<PmtRtr><GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-03-02T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
        f"<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf><InstgAgt>{_bank('NWBKGB2L')}</InstgAgt></GrpHdr>"
        f"<TxInf><RtrId>RT1</RtrId><OrgnlEndToEndId>INV-7</OrgnlEndToEndId><OrgnlUETR>{UETR}</OrgnlUETR>"
        '<RtrdIntrBkSttlmAmt Ccy="EUR">1000.00</RtrdIntrBkSttlmAmt><RtrRsnInf><Rsn><Cd>FRAD</Cd></Rsn></RtrRsnInf>'
        f"<OrgnlTxRef><DbtrAcct>{_account(PAYER)}</DbtrAcct><CdtrAcct>{_account(PAYEE)}</CdtrAcct></OrgnlTxRef></TxInf></PmtRtr>",
    )


def pain_001(version: str = "001.09") -> bytes:
    return document(
        f"pain.001.{version}",
        "<CstmrCdtTrfInitn><GrpHdr><MsgId>C1</MsgId><CreDtTm>2026-03-01T08:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs>"
        "<InitgPty><Nm>A Payer</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<ReqdExctnDt><Dt>2026-03-01</Dt></ReqdExctnDt><Dbtr><Nm>A Payer</Nm></Dbtr>"
        f"<DbtrAcct>{_account(PAYER)}</DbtrAcct><DbtrAgt>{_bank('COBADEFF')}</DbtrAgt>"
        '<CdtTrfTxInf><PmtId><EndToEndId>INV-7</EndToEndId></PmtId><Amt><InstdAmt Ccy="JPY">5000</InstdAmt></Amt>'
        f"<CdtrAcct>{_account(PAYEE)}</CdtrAcct></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn>",
    )


def camt_029(version: str = "001.09", status: str = "ACCR", reason: str = "", case: str = "order-1/stop") -> bytes:
    why = f"<CxlStsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></CxlStsRsnInf>" if reason else ""
    return document(
        f"camt.029.{version}",
        f"<RsltnOfInvstgtn><Assgnmt><Id>A1</Id><Assgnr><Agt>{_bank('NWBKGB2L')}</Agt></Assgnr>"
        "<Assgne><Pty><Nm>Centre</Nm></Pty></Assgne><CreDtTm>2026-03-01T12:00:00Z</CreDtTm></Assgnmt>"
        "<Sts><Conf>CNCL</Conf></Sts><CxlDtls><TxInfAndSts><CxlStsId>S1</CxlStsId>"
        f"<RslvdCase><Id>{case}</Id><Cretr><Pty><Nm>Centre</Nm></Pty></Cretr></RslvdCase>"
        f"<OrgnlUETR>{UETR}</OrgnlUETR><TxCxlSts>{status}</TxCxlSts>{why}"
        '<OrgnlIntrBkSttlmAmt Ccy="EUR">900.5</OrgnlIntrBkSttlmAmt>'
        f"<OrgnlTxRef><CdtrAcct>{_account(PAYEE)}</CdtrAcct></OrgnlTxRef></TxInfAndSts></CxlDtls></RsltnOfInvstgtn>",
    )


def auth_002(status: str = "COMP", found: str = "FOUN", measure: str = "freeze", *, header: bool = True) -> bytes:
    body = document(
        "auth.002.001.02",
        f"<InfReqRspn><RspnId>X1</RspnId><InvstgtnId>order-1/{measure}</InvstgtnId><RspnSts>{status}</RspnSts>"
        f"<SchCrit><Acct><Id>{_account(PAYEE)}</Id><InvstgtdPties><Cd>ALLP</Cd></InvstgtdPties>"
        f"<AuthrtyReqTp><MsgNmId>{measure}</MsgNmId></AuthrtyReqTp></Acct></SchCrit>"
        f"<RtrInd><AuthrtyReqTp><MsgNmId>{measure}</MsgNmId></AuthrtyReqTp><InvstgtnRslt>"
        f"<InvstgtnSts>{found}</InvstgtnSts></InvstgtnRslt></RtrInd></InfReqRspn>",
    )
    if not header:
        return body
    inner = body.decode().removeprefix('<?xml version="1.0"?>')
    head = (
        f'<AppHdr xmlns="{_URN}head.001.001.02"><Fr><FIId>{_bank("NWBKGB2L")}</FIId></Fr>'
        "<To><OrgId><Nm>Centre</Nm></OrgId></To><BizMsgIdr>B1</BizMsgIdr><MsgDefIdr>auth.002.001.02</MsgDefIdr>"
        "<CreDt>2026-03-01T12:30:00Z</CreDt></AppHdr>"
    )
    return f"<BizMsg>{head}{inner}</BizMsg>".encode()
