"""What the 005010 standard says of each segment: our short element names, types, lengths, notes.

One line a segment. ``name=TYPEmin-max`` with the types AN text, ID code, N0 whole number, R
decimal, DT date, TM time; ``name={..}`` is a composite from ``COMPOSITES``; ``x 6`` before a
bracket repeats. Notes name elements that stand together: P all or none, R at least one, E at most
one, C the first needs the others, L the first needs one of the others.
"""

from __future__ import annotations

COMPOSITES: dict[str, str] = {
    "procedure": "kind=ID2-2, code=AN1-48, modifier 1=AN2-2, modifier 2=AN2-2, modifier 3=AN2-2,"
    " modifier 4=AN2-2, description=AN1-80, last code=AN1-48",
    "health code": "kind=ID1-3, code=AN1-30, date form=ID2-3, date=AN1-35, amount=R1-18,"
    " quantity=R1-15, version=AN1-30, last code=AN1-30, present on admission=ID1-1",
    "place": "place or bill type=AN1-2, kind=ID1-2, frequency=ID1-1",
    "causes": "cause 1=ID2-3, cause 2=ID2-3, cause 3=ID2-3, state=ID2-2, country=ID2-3",
    "pointers": "diagnosis 1=N01-2, diagnosis 2=N01-2, diagnosis 3=N01-2, diagnosis 4=N01-2",
    "reference": "kind=ID2-3, number=AN1-50, kind 2=ID2-3, number 2=AN1-50, kind 3=ID2-3,"
    " number 3=AN1-50",
    "unit": "unit=ID2-2",
    "surfaces": "surface 1=ID1-2, surface 2=ID1-2, surface 3=ID1-2, surface 4=ID1-2,"
    " surface 5=ID1-2",
    "oral cavity": "area 1=ID1-3, area 2=ID1-3, area 3=ID1-3, area 4=ID1-3, area 5=ID1-3",
    "status": "category=AN1-30, status=AN1-30, entity=ID2-3, list=ID1-3",
    "adjustment": "reason=ID2-2, reference=AN1-50",
    "element place": "element=N01-2, component=N01-2, repetition=N01-4",
    "context": "name=AN1-35, value=AN1-35",
    "element reference": "number=N01-4, component number=N01-4",
}

SEGMENTS: dict[str, str] = {
    "ISA": "authorization kind=ID2-2, authorization=AN10-10, security kind=ID2-2,"
    " security=AN10-10, sender kind=ID2-2, sender=AN15-15, receiver kind=ID2-2,"
    " receiver=AN15-15, date=DT6-6, time=TM4-4, repetition=AN1-1, version=ID5-5,"
    " control number=N09-9, acknowledgement wanted=ID1-1, usage=ID1-1, component=AN1-1",
    "IEA": "groups=N01-5, control number=N09-9",
    "TA1": "control number=N09-9, date=DT6-6, time=TM4-4, verdict=ID1-1, note=ID3-3",
    "GS": "kind=ID2-2, sender=AN2-15, receiver=AN2-15, date=DT8-8, time=TM4-8,"
    " control number=N01-9, agency=ID1-2, version=AN1-12",
    "GE": "transactions=N01-6, control number=N01-9",
    "ST": "kind=ID3-3, control number=AN4-9, guide=AN1-35",
    "SE": "segments=N01-10, control number=AN4-9",
    "BHT": "structure=ID4-4, purpose=ID2-2, reference=AN1-50, date=DT8-8, time=TM4-8, kind=ID2-2",
    "HL": "number=AN1-12, parent=AN1-12, level=ID1-2, children=ID1-1",
    "NM1": "entity=ID2-3, kind=ID1-1, last or organization name=AN1-60, first name=AN1-35,"
    " middle name=AN1-25, prefix=AN1-10, suffix=AN1-10, id kind=ID1-2, id=AN2-80,"
    " relation=ID2-2, relation entity=ID2-3, second name=AN1-60; P0809 C1110 C1203",
    "N1": "entity=ID2-3, name=AN1-60, id kind=ID1-2, id=AN2-80; R0203 P0304",
    "N3": "street=AN1-55, street 2=AN1-55",
    "N4": "city=AN2-30, state=ID2-2, postal code=ID3-15, country=ID2-3, location kind=ID1-2,"
    " location=AN1-30, subdivision=ID1-3; E0207 C0605 C0704",
    "PER": "function=ID2-2, name=AN1-60, kind 1=ID2-2, number 1=AN1-256, kind 2=ID2-2,"
    " number 2=AN1-256, kind 3=ID2-2, number 3=AN1-256, inquiry=AN1-20; P0304 P0506 P0708",
    "REF": "kind=ID2-3, number=AN1-50, description=AN1-80, further={reference}; R0203",
    "PRV": "role=ID1-3, kind=ID2-3, taxonomy=AN1-50; P0203",
    "CUR": "entity=ID2-3, currency=ID3-3, rate=R4-10",
    "DTP": "kind=ID3-3, form=ID2-3, date=AN1-35",
    "DTM": "kind=ID3-3, date=DT8-8, time=TM4-8; R0203",
    "DMG": "form=ID2-3, birth date=AN1-35, sex=ID1-1; P0102",
    "SBR": "order=ID1-1, relationship=ID2-2, group number=AN1-50, group name=AN1-60,"
    " insurance kind=ID1-3, coordination=ID1-1, answer=ID1-1, employment=ID2-2,"
    " filing indicator=ID1-2",
    "PAT": "relationship=ID2-2, location=ID1-1, employment=ID2-2, student=ID1-1, form=ID2-3,"
    " death date=AN1-35, unit=ID2-2, weight=R1-10, pregnant=ID1-1; P0506 P0708",
    "CLM": "claim number=AN1-38, charge=R1-18, filing=ID1-2, non-institutional=ID1-2,"
    " place={place}, signature on file=ID1-1, assignment=ID1-1, benefits assigned=ID1-1,"
    " release=ID1-1, patient signature=ID1-1, causes={causes}, special program=ID2-3,"
    " answer=ID1-1, service level=ID2-3, answer 2=ID1-1, participation=ID1-1, status=ID1-2,"
    " answer 3=ID1-1, submission=ID2-2, delay reason=ID1-2",
    "CL1": "admission type=ID1-1, admission source=ID1-1, discharge status=ID1-2, residence=ID1-1",
    "DN1": "months of treatment=R1-15, months left=R1-15, answer=ID1-1, description=AN1-80",
    "DN2": "tooth=AN1-50, status=ID1-2, quantity=R1-15, form=ID2-3, date=AN1-35, list=ID1-3",
    "PWK": "report=ID2-2, sent by=ID1-2, copies=N01-2, entity=ID2-3, id kind=ID1-2,"
    " attachment number=AN2-80, description=AN1-80; P0506",
    "CN1": "kind=ID2-2, amount=R1-18, percent=R1-6, code=AN1-50, discount=R1-6, version=AN1-30",
    "AMT": "kind=ID1-3, amount=R1-18",
    "QTY": "kind=ID2-2, quantity=R1-15",
    "K3": "fixed data=AN1-80",
    "NTE": "kind=ID3-3, note=AN1-80",
    "CR1": "unit=ID2-2, weight=R1-10, kind=ID1-1, reason=ID1-1, unit 2=ID2-2, distance=R1-15,"
    " from=AN1-55, to=AN1-55, round trip purpose=AN1-80, stretcher purpose=AN1-80;"
    " P0102 P0506",
    "CR2": "number=N01-9, quantity=R1-15, subluxation=ID2-3, subluxation 2=ID2-3, unit=ID2-2,"
    " period=R1-15, visits=R1-15, condition=ID1-1, complication=ID1-1, description=AN1-80,"
    " description 2=AN1-80, x-rays=ID1-1",
    "CR3": "certification=ID1-1, unit=ID2-2, months=R1-15; P0203",
    "CRC": "category=ID2-2, applies=ID1-1, condition 1=ID2-3, condition 2=ID2-3,"
    " condition 3=ID2-3, condition 4=ID2-3, condition 5=ID2-3",
    "HI": "x 12 [code={health code}]",
    "HCP": "method=ID2-2, allowed=R1-18, saved=R1-18, organization=AN1-50, rate=R1-9,"
    " group=AN1-50, group amount=R1-18, revenue code=AN1-48, code kind=ID2-2, code=AN1-48,"
    " unit=ID2-2, quantity=R1-15, reject reason=ID2-2, compliance=ID1-2, exception=ID1-2;"
    " R0113 P0910 P1112",
    "OI": "filing=ID1-2, submission=ID2-2, benefits assigned=ID1-1, patient signature=ID1-1,"
    " agreement=ID1-1, release=ID1-1",
    "MIA": "covered days=R1-15, outlier=R1-18, psychiatric days=R1-15, drg=R1-18,"
    " remark 1=AN1-50, share=R1-18, pass-through=R1-18, pps capital=R1-18, capital fsp=R1-18,"
    " capital hsp=R1-18, capital dsh=R1-18, old capital=R1-18, medical education=R1-18,"
    " operating hsp=R1-18, report days=R1-15, operating fsp=R1-18, pps drg=R1-18,"
    " indirect teaching=R1-18, professional=R1-18, remark 2=AN1-50, remark 3=AN1-50,"
    " remark 4=AN1-50, remark 5=AN1-50, capital exception=R1-18",
    "MOA": "rate=R1-10, hcpcs payable=R1-18, remark 1=AN1-50, remark 2=AN1-50,"
    " remark 3=AN1-50, remark 4=AN1-50, remark 5=AN1-50, esrd=R1-18, professional=R1-18",
    "LX": "number=N01-6",
    "SV1": "procedure={procedure}, charge=R1-18, unit=ID2-2, units=R1-15, place=AN1-2,"
    " service=ID1-2, pointers={pointers}, amount=R1-18, emergency=ID1-1, review=ID1-2,"
    " epsdt=ID1-1, family planning=ID1-1, review 2=ID1-2, review 3=ID1-2, copay=ID1-1,"
    " shortage area=ID1-1, area=AN1-50, postal code=ID3-15, amount 2=R1-18, care level=ID1-1;"
    " P0304",
    "SV2": "revenue code=AN1-48, procedure={procedure}, charge=R1-18, unit=ID2-2, units=R1-15,"
    " rate=R1-10, noncovered=R1-18, answer=ID1-1, residence=ID1-1, care level=ID1-1;"
    " R0102 P0405",
    "SV3": "procedure={procedure}, charge=R1-18, place=AN1-2, area={oral cavity},"
    " prosthesis=ID1-1, units=R1-15, description=AN1-80, copay=ID1-1, agreement=ID1-1,"
    " service=ID1-2, pointers={pointers}",
    "SV5": "procedure={procedure}, unit=ID2-2, days=R1-15, rental=R1-18, purchase=R1-18,"
    " frequency=ID1-1",
    "TOO": "list=ID1-3, tooth=AN1-30, surfaces={surfaces}; P0102",
    "PS1": "provider=AN1-50, amount=R1-18",
    "LIN": "line=AN1-20, kind=ID2-2, drug code=AN1-48",
    "CTP": "class=ID2-2, price kind=ID3-3, price=R1-17, quantity=R1-15, unit={unit}; P0405",
    "FRM": "question=AN1-20, answer=ID1-1, text=AN1-50, date=DT8-8, percent=R1-6; R02030405",
    "MEA": "kind=ID2-2, measure=ID1-3, value=R1-20",
    "SVD": "payer=AN2-80, paid=R1-18, procedure={procedure}, revenue code=AN1-48,"
    " units=R1-15, bundled into=N01-6",
    "CAS": "group=ID1-2, x 6 [reason=ID1-5, amount=R1-18, quantity=R1-15];"
    " L020304 C0302 C0402 L050607 C0605 C0705 L080910 C0908 C1008 L111213 C1211 C1311"
    " L141516 C1514 C1614 L171819 C1817 C1917",
    "STC": "status={status}, date=DT8-8, action=ID1-2, charge=R1-18, paid=R1-18,"
    " paid on=DT8-8, method=ID3-3, check date=DT8-8, check=AN1-16, status 2={status},"
    " status 3={status}, message=AN1-264",
    "TRN": "kind=ID1-2, number=AN1-50, originator=AN10-10, further=AN1-50",
    "BPR": "handling=ID1-2, amount=R1-18, credit or debit=ID1-1, method=ID3-3, format=ID1-10,"
    " payer bank kind=ID2-2, payer bank=AN3-12, payer account kind=ID1-3,"
    " payer account=AN1-35, originator=AN10-10, originator further=AN9-9,"
    " payee bank kind=ID2-2, payee bank=AN3-12, payee account kind=ID1-3,"
    " payee account=AN1-35, date=DT8-8; P0607 C0809 P1213 C1415",
    "RDM": "sent by=ID1-2, name=AN1-60, address=AN1-256",
    "TS3": "provider=AN1-50, facility=AN1-2, fiscal year end=DT8-8, claims=R1-15,"
    " charges=R1-18, x 7 [amount=R1-18], msp=R1-18, amount=R1-18, non-lab=R1-18,"
    " amount=R1-18, hcpcs reportable=R1-18, hcpcs payable=R1-18, amount=R1-18,"
    " professional=R1-18, msp liability met=R1-18, reimbursement=R1-18, pip claims=R1-15,"
    " pip adjustment=R1-18",
    "TS2": "x 6 [amount=R1-18], count=R1-15, x 2 [amount=R1-18], x 5 [count=R1-15],"
    " amount=R1-18, count=R1-15, x 3 [amount=R1-18]",
    "CLP": "claim number=AN1-38, status=ID1-2, charge=R1-18, paid=R1-18, patient share=R1-18,"
    " filing indicator=ID1-2, payer claim number=AN1-50, place=AN1-2, frequency=ID1-1,"
    " patient status=ID1-2, drg=ID1-4, drg weight=R1-15, discharge fraction=R1-10",
    "SVC": "procedure={procedure}, charge=R1-18, paid=R1-18, revenue code=AN1-48,"
    " units paid=R1-15, submitted={procedure}, units submitted=R1-15",
    "LQ": "list=ID1-3, code=AN1-30; C0102",
    "PLB": "provider=AN1-50, fiscal year end=DT8-8, x 6 [adjustment={adjustment}, amount=R1-18];"
    " P0506 P0708 P0910 P1112 P1314",
    "AK1": "group kind=ID2-2, group number=N01-9, version=AN1-12",
    "AK2": "kind=ID3-3, control number=AN4-9, guide=AN1-35",
    "IK3": "segment id=ID2-3, segment=N01-10, loop=AN1-4, error=ID1-3",
    "CTX": "context={context}, segment id=ID2-3, segment=N01-10, loop=AN1-4,"
    " place={element place}, reference={element reference}",
    "IK4": "place={element place}, reference number=N01-4, error=ID1-3, bad value=AN1-99",
    "IK5": "verdict=ID1-1, x 5 [error=ID1-3]",
    "AK9": "verdict=ID1-1, transactions=N01-6, received=N01-6, accepted=N01-6, x 5 [error=ID1-3]",
    "EQ": "service type=ID1-2, procedure={procedure}, coverage level=ID3-3, insurance kind=ID1-3,"
    " pointers={pointers}; R0102",
    "EB": "information=ID1-2, coverage level=ID3-3, service type=ID1-2, insurance kind=ID1-3,"
    " plan=AN1-50, period=ID1-2, amount=R1-18, percent=R1-10, quantity kind=ID2-2,"
    " quantity=R1-15, authorization=ID1-1, in network=ID1-1, procedure={procedure},"
    " pointers={pointers}; P0910",
    "HSD": "quantity kind=ID2-2, quantity=R1-15, unit=ID2-2, every=R1-6, period=ID1-2,"
    " periods=N01-3, frequency=ID1-2, time of day=ID1-1; P0102 C0605",
    "III": "list=ID1-3, code=AN1-30, category=ID2-2, text=AN1-264, quantity=R1-15,"
    " unit={unit}; P0102 L030405",
    "AAA": "valid=ID1-1, agency=ID2-2, reason=ID2-2, action=ID1-1",
    "MSG": "message=AN1-264, print control=ID2-2, number=N01-9; C0302",
    "LS": "loop=AN1-4",
    "LE": "loop=AN1-4",
    "INS": "is the subscriber=ID1-1, relationship=ID2-2, maintenance=ID3-3, reason=ID2-3,"
    " benefit status=ID1-1, medicare status=AN1-4, cobra event=ID1-2, employment=ID2-2,"
    " student=ID1-1, answer=ID1-1, form=ID2-3, death date=AN1-35, confidentiality=ID1-1,"
    " city=AN2-30, state=ID2-2, country=ID2-3, birth sequence=N01-9; P1112",
    "MPI": "information=ID1-1, employment=ID2-2, service=ID1-1, description=AN1-80, rank=ID2-2,"
    " form=ID2-3, date=AN1-35; P0607",
    "UM": "request=ID1-2, certification=ID1-1, service type=ID1-2, place={place},"
    " causes={causes}, urgency=ID1-3, condition=ID1-1, prognosis=ID1-1, release=ID1-1,"
    " delay reason=ID1-2",
    "HCR": "decision=ID1-2, authorization number=AN1-50, reason=AN1-30, second opinion=ID1-1",
    "CR5": "certification=ID1-1, months=R1-15, equipment=ID1-1, equipment 2=ID1-1,"
    " why equipment=AN1-80, flow rate=R1-15, daily uses=R1-15, hours a use=R1-15,"
    " order to therapist=AN1-80, blood gas=R1-15, saturation=R1-15, test condition=ID1-1,"
    " finding 1=ID1-1, finding 2=ID1-1, finding 3=ID1-1, portable flow rate=R1-15,"
    " delivery=ID1-1, equipment 3=ID1-1",
    "CR6": "prognosis=ID1-1, care began=DT8-8, form=ID2-3, certified period=AN1-35,"
    " diagnosed=DT8-8, skilled nursing=ID1-1, medicare=ID1-1, certification=ID1-1,"
    " surgery=DT8-8, code list=ID2-2, surgery code=AN1-15, ordered=DT8-8, last visit=DT8-8,"
    " physician contacted=DT8-8, date form=ID2-3, last stay=AN1-35, discharged from=ID1-1,"
    " diagnosis 2=DT8-8, diagnosis 3=DT8-8, diagnosis 4=DT8-8, diagnosis 5=DT8-8;"
    " P0304 P091011 P1516",
    "BGN": "purpose=ID2-2, reference=AN1-50, date=DT8-8, time=TM4-8, time code=ID2-2,"
    " earlier reference=AN1-50, kind=ID2-2, action=ID1-2, security=ID2-2; C0504",
    "CAT": "report=ID2-2, content=ID1-2, version=AN1-30",
    "OOI": "number=AN1-35, object kind=ID1-3, object=AN1-80",
    "EFI": "security=ID2-2, note=AN1-264, technique=ID2-2, version=AN1-30, program=AN1-30,"
    " program version=AN1-30, content type=AN1-30, content version=AN1-30, compression=AN1-30,"
    " compression version=AN1-30, sheet size=ID2-2, file name=AN1-64, block kind=ID1-4,"
    " record length=N01-15, block length=N01-15, version 2=AN1-30",
    "BIN": "bytes=N01-15, data=AN1-80",
    "BDS": "filter=ID3-3, bytes=N01-15, data=AN1-80",
}
