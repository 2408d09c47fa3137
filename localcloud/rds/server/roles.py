"""The roles of a new RDS server: the master role is not a superuser, but has what RDS grants to `rds_superuser`."""

import hashlib

MASTER = """
SELECT format('CREATE ROLE %I', name)
    FROM unnest(array['rds_superuser', 'rds_replication', 'rds_password', :'role']) AS name
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
GRANT pg_monitor, pg_signal_backend, pg_checkpoint, pg_create_subscription, rds_replication, rds_password
    TO rds_superuser WITH ADMIN OPTION;
GRANT SET ON PARAMETER session_replication_role TO rds_superuser;
ALTER ROLE :"role" LOGIN CREATEDB CREATEROLE REPLICATION PASSWORD :'verifier';
GRANT rds_superuser TO :"role" WITH ADMIN OPTION;
SELECT format('CREATE DATABASE %I', :'database')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
ALTER DATABASE :"database" OWNER TO :"role";
"""
"""For psql, which quotes :'role' as a literal and :"role" as an identifier.

RDS's own PostgreSQL checks `rds_replication` where this one checks the attribute REPLICATION (creating and dropping
slots). `pg_hba.conf` prevents both from copying the server.
"""

DIGEST = hashlib.sha256(MASTER.encode()).hexdigest()[:16]
"""Identifies a server of an earlier version, which gets the roles at its next start."""
