"""The known differences of the local cloud from AWS. With a fact, its case is marked `differs` and must fail here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Behaviour here and on AWS. `fact`: the violated fact; without one, the API does not show the difference."""

    subject: str
    here: str
    aws: str
    fact: str = ""


DIFFERENCES = {
    # --- not visible in the API, or only in situations that no case can create ---
    "isolation": Difference(
        "isolation",
        "for tasks that run as processes (no container engine, or an image that `spendsense build` made): processes on "
        "a loopback address of their own; no file-system isolation",
        "a micro-VM",
    ),
    "commands": Difference(
        "addresses in commands", "`0.0.0.0` becomes the task's address, `localhost` in health checks too", "a network"
    ),
    "one-address": Difference(
        "macOS", "one loopback address: one task that listens on a port at a time", "no such limit"
    ),
    "one-region": Difference(
        "regions and accounts",
        "one account; ECS, ECR, ELBv2, HTTP APIs and Application Auto Scaling run in one region only",
        "many accounts; all regions",
    ),
    "image-scans": Difference(
        "ECR's scans of images",
        "begin as on AWS and end with UNSUPPORTED_IMAGE, whatever is in the image: there is no scanner",
        "that only for images without a known operating system; of others, findings",
    ),
    "blob-mounting": Difference(
        "layers mounted from another repository in a push",
        "always, if the caller may read them there",
        "only where the account setting BLOB_MOUNTING is on",
    ),
    "pushed-images": Difference(
        "pushed images without a container engine",
        "their own files and virtual environment run with this machine's Python and C library",
        "all of the image",
    ),
    "launch-type": Difference("a service or task without `launchType`", "FARGATE", "EC2"),
    "no-image": Difference(
        "circuit breaker and a missing image",
        "trips like any failing start",
        "both were observed: trips, or stalls at 2 failures",
    ),
    "percentages": Difference(
        "minimum and maximum percent above AWS's limits", "accepted", "not published, perhaps refused"
    ),
    "provisioning": Difference("PROVISIONING", "as long as finding an address takes", "about 10 to 20 s"),
    "start-throttle": Difference(
        "failing starts", "next start after 15 s, doubled up to 15 min", "up to 15 min, first interval not published"
    ),
    "unhealthy-order": Difference(
        "failing tasks where the ceiling allows no replacement",
        "stopped down to the floor of running tasks, below it one by one",
        "one by one, order not published",
    ),
    "superseded-shift": Difference(
        "a deployment superseded while it shifts traffic",
        "its traffic returns first and its tasks stop, then the new one starts",
        "reconciled, details not published",
    ),
    "shift-when-healthy": Difference(
        "more production traffic for green", "only while all green tasks are healthy", "not published"
    ),
    "rollback-id": Difference(
        "a rollback's deployment id", "the old one again", "the same was observed, but is not documented"
    ),
    "images": Difference("EC2's public machine images", "none, as no instances run", "all of them"),
    "capacity": Difference("placement, Service Connect, EC2", "stored and shown, without effect", "real"),
    "providers": Difference(
        "capacity providers",
        "FARGATE and FARGATE_SPOT, which run alike; all tasks of a strategy use the provider with the greatest weight",
        "divided by weight and base; Spot tasks are interrupted; providers of instances exist too",
    ),
    "controllers": Difference(
        "deployment controllers CODE_DEPLOY and EXTERNAL, task sets, daemons", "refused", "offered, daemons on EC2 only"
    ),
    "volumes": Difference(
        "volumes and mount points, environmentFiles, read-only root, runtimePlatform, init processes",
        "for tasks that run as processes (no container engine, or an image that `spendsense build` made): stored and "
        "shown, without effect",
        "real",
    ),
    "port-ranges": Difference("containerPortRange", "refused", "offered"),
    "subnets": Difference(
        "subnets and security groups of a network configuration",
        "must exist; their VPCs are not compared",
        "must exist, in one VPC",
    ),
    "interfaces": Difference(
        "a task's attachment",
        "subnet, network interface, and a loopback address, which EC2 shows for the interface as well",
        "an address of the subnet; also MAC address, DNS name",
    ),
    "requests": Difference(
        "unknown parameters; enumerations and types of values",
        "InvalidParameterException that names the parameter, by botocore's model",
        "unknown ones ignored; SerializationException or other errors",
    ),
    "run-token": Difference(
        "a clientToken of RunTask", "known for an hour after the end of its tasks", "known for up to 24 hours"
    ),
    "event-bridge": Difference(
        "EventBridge",
        "events of ECS only, in the local region; rules reach SQS, SNS and event buses; schedules are refused",
        "every service; many kinds of targets, at least once",
    ),
    "resource-tags": Difference(
        "Resource Groups Tagging API",
        "what has tags; of ECS and of services without such a list in moto, their own operations change tags",
        "also what had tags before; TagResources for all",
    ),
    "evaluation-range": Difference(
        "alarms", "look at two periods more than they evaluate", "also more; how many is not published"
    ),
    "alarm-kinds": Difference("alarms", "of metrics, metric math and other alarms; no anomaly detection", "all kinds"),
    "alarm-history": Difference(
        "history of an alarm",
        "its newest 100 items, deleted with it; no suppressed actions or scaling; no settings in ConfigurationUpdate",
        "30 days, all",
    ),
    "alarm-actions": Difference(
        "actions of alarms", "SNS topics and Auto Scaling policies", "also EC2, Lambda, OpsItems"
    ),
    "subscriptions": Difference(
        "subscriptions of SNS topics",
        "pending ones and their tokens stay valid; no message after Unsubscribe; redrive and delivery policies are "
        "stored, without effect",
        "pending ones and tokens expire after days; UnsubscribeConfirmation is posted; policies apply",
    ),
    "metrics-kept": Difference(
        "metrics",
        "one datapoint per AWS minute; the newest 1440, for at most 15 days; percentiles of 180; lost at a restart",
        "seconds to an hour, 15 months",
    ),
    "metrics-measured": Difference(
        "AWS's own metrics",
        "ECS, Container Insights by service and cluster, ALB without Availability Zones, HTTP APIs, RDS's "
        "CPUUtilization, DatabaseConnections, FreeStorageSpace (storage never grows by itself) and ReplicaLag, "
        "ElastiCache's memory, keys, connections and EngineCPUUtilization (all nodes of a group show its one server), "
        "DaysToExpiry of certificates; no other metric or service",
        "every service",
    ),
    "metric-math": Difference(
        "metric math",
        "arithmetic, comparisons, FILL, IF, SUM and the like; no SEARCH; Metrics Insights over everything stored",
        "all of it",
    ),
    "trimmed-statistics": Difference(
        "trimmed and winsorized means, trimmed counts and sums",
        "with few values a share is rounded outwards to whole values (`tm90` of five is the mean of all)",
        "rounding not published",
    ),
    "metrics-at-speed": Difference(
        "metrics at `--speed`", "in wall-clock time: a minute has `speed` AWS minutes; CPU is real", "one per minute"
    ),
    "memory": Difference(
        "memory where no control group can be created (`spendsense status` shows it)",
        "watched up to five times a second; may be exceeded for a moment; only the process tree counts",
        "enforced by the kernel",
    ),
    "memory-whole": Difference(
        "a process killed for lack of memory", "its whole container ends", "not published; it may continue"
    ),
    "cpu": Difference("`cpu`", "reported, not limited", "a share of the task's vCPUs"),
    "user": Difference("`user` of a container", "not applied", "applied"),
    "statistics": Difference(
        "metadata", "`networks` of /stats is empty; used storage and clock drift are 0", "measured"
    ),
    "exec-user": Difference("ECS Exec", "runs as the local cloud's user", "runs as root"),
    "scaling-rounding": Difference(
        "target tracking",
        "out to ceil(running x newest value / target), in to the same by the highest of 15 minutes",
        "in proportion, in conservatively; rounding not published",
    ),
    "scaling-cooldowns": Difference(
        "scaling activities and cooldowns", "200 activities; a restart of the local cloud forgets both", "six weeks"
    ),
    "scaling-unfulfilled": Difference(
        "a scaling activity whose tasks never run", "stays InProgress", "Unfulfilled, after how long is not published"
    ),
    "scaling-flapping": Difference("AutoScalingAnticipatedFlapping", "never given as a reason", "given"),
    "scaling-set-state": Difference(
        "scaling by SetAlarmState", "nothing scales: there are no datapoints", "not published which value is used"
    ),
    "scaling-high-resolution": Difference(
        "predefined metrics of 20 s (`...HighResolution`), predictive scaling", "refused or stored", "offered"
    ),
    "mail": Difference(
        "Amazon SES",
        "mail becomes a file in `DIR/mail`, not sent; identities are verified immediately; SES v2, without templates",
        "mail is delivered; a domain is verified by DNS, an address by its owner; in the sandbox recipients too",
    ),
    "exec-session": Difference("ECS Exec", "no idle timeout, resumption, session log", "20 minutes, resumable, logged"),
    "account-settings": Difference("account settings", "stored, without effect", "take effect"),
    "backup-window": Difference(
        "PreferredBackupWindow", "stored; the daily backup is taken an AWS day after the last one", "time of the backup"
    ),
    "backup-limit": Difference(
        "automated backups",
        "at most 2 GiB per instance, the oldest are deleted early",
        "limited by the retention period only",
    ),
    "backup-deletion": Difference(
        "a deleted DB instance",
        "gone immediately, while its final snapshot is being created",
        "deleting until the snapshot exists",
    ),
    "backup-maintenance": Difference(
        "changes of a DB instance without ApplyImmediately",
        "immediately; a new identifier is refused",
        "in the maintenance window",
    ),
    "backup-words": Difference(
        "refusals of snapshots and restores for reasons other than state or window",
        "our words, AWS's codes",
        "not published",
    ),
    "backup-elsewhere": Difference(
        "snapshots and backups in other regions and accounts", "refused", "copied, shared and replicated"
    ),
    "dns": Difference(
        "DNSName", "127.0.0.1 for all: two load balancers cannot have the same port", "a name and nodes in each zone"
    ),
    "low-ports": Difference("ports below 1024", "only if this user may bind them", "always"),
    "real-time": Difference(
        "time", "`--speed` divides waits; idle, keep-alive and connect timeouts and cookies are real", "real"
    ),
    "sticky-cookie": Difference(
        "AWSALB, AWSALBAPP and AWSALBTG cookies",
        "name the target's address or the group; AWSALBAPP never with SameSite; AWSALBTG lasts while it is sent",
        "encrypted; SameSite=None where the request is cross-origin",
    ),
    "least-outstanding": Difference(
        "least outstanding requests", "the less busy of two random ones", "the least busy one"
    ),
    "drain-goes-on": Difference(
        "a request that outlasts the deregistration delay",
        "502; continues if the system lets no process reach its child's sockets (macOS, containers without ptrace)",
        "502",
    ),
    "anomalies": Difference("anomaly mitigation", "every target is `normal`", "with weighted random"),
    "target-types": Difference("target types", "`ip`", "also `instance`, `lambda`, `alb`"),
    "target-protocols": Difference("target protocols", "HTTP/1.1; 464 does not occur", "HTTPS, HTTP/2, gRPC too"),
    "target-zones": Difference(
        "zones of targets", "for tasks the subnet's; otherwise the registered one, or `all`", "the subnet's"
    ),
    "actions": Difference(
        "`authenticate-*`, mutual TLS, regular expressions in conditions, transforms, connection and health check logs",
        "refused",
        "offered",
    ),
    "without-effect": Difference(
        "WAF, desync mitigation mode, security groups, names of client certificate headers",
        "stored and shown, without effect",
        "real",
    ),
    "added-headers": Difference(
        "headers that a listener adds to responses",
        "on responses of targets and rules, not on the balancer's own errors and redirects",
        "not published for its own responses",
    ),
    "imported-certificates": Difference(
        "imported certificates", "a key that Envoy rejects is noticed at the listener", "checked at import"
    ),
    "ciphers": Difference("ciphers", "by TLS version: ECDHE with AES-GCM, before 1.2 also AES-CBC", "by policy"),
    "header-names": Difference("invalid header names", "400 for those that HTTP forbids", "passed unless dropped"),
    "odd-requests": Difference(
        "unusual HTTP requests",
        "400 for unknown methods, spaces or raw UTF-8 or `#` in a URL, `OPTIONS *`, Content-Length twice or "
        "beside Transfer-Encoding; other versions of HTTP are served as 1.0",
        "passed, or routed and the connection closed (desync mitigation `defensive`); 505",
    ),
    "reason-phrases": Difference(
        "status lines", "the phrases of the RFC (`504 Gateway Timeout`)", "`504 Gateway Time-out`"
    ),
    "access-logs": Difference(
        "access logs", "one node; `error_reason` and the classification are `-`", "a file for each node"
    ),
    "insights": Difference(
        "Logs Insights",
        "no `pattern`, `anomaly`, `diff`, `join`, `lookup`, `unnest`, `SOURCE`, SQL, PPL; Python's expressions; "
        "`count_distinct` is exact; a missing field differs from everything",
        "all of it; another dialect of expressions; an estimate; not documented",
    ),
    "log-subscriptions": Difference(
        "subscriptions, metric filters", "Kinesis and Firehose, no Lambda", "all, everywhere"
    ),
    "log-bytes": Difference("`storedBytes` of log groups and streams", "0", "as AWS bills them, hours later"),
    "live-tail": Difference("Live Tail's address", "the endpoint's own", "prefixed with `stream-` by SDKs"),
}
