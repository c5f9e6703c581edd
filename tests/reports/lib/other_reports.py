"""TLS and failure reports about a domain."""
import json


def tls(domain, number=1):
    return json.dumps({"organization-name": "Receiver", "report-id": f"tls{number}", "date-range": {
        "start-datetime": "2025-05-01T00:00:00Z", "end-datetime": "2025-05-01T23:59:59Z"}, "policies": [{
            "policy": {"policy-type": "sts", "policy-domain": domain},
            "summary": {"total-successful-session-count": 9, "total-failure-session-count": 2},
            "failure-details": [{"result-type": "certificate-expired", "failed-session-count": 2}]}]}).encode()


def failure(domain, number=1):
    return (f"From: abuse@receiver.example\nMessage-ID: <arf{number}@receiver.example>\nDate: Thu, 01 May 2025 10:00:00 +0000\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n--b\nContent-Type: message/feedback-report\n\n"
            f"Feedback-Type: auth-failure\nAuth-Failure: dmarc\nSource-IP: 203.0.113.9\nReported-Domain: {domain}\n\n--b--\n").encode()
