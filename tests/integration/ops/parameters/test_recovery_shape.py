"""The recorded shapes in Parameter Store."""

import json

from ops.aws.clients import Aws
from ops.parameters import recovery_shape
from tests.unit.ops.parameters.test_recovery_shape import INSTANCE, SERVICE


def test_both_shapes_fit_into_a_parameter_and_can_be_read_back(aws: Aws) -> None:
    aws.ecs.create_cluster(clusterName=aws.environment.cluster)
    assert recovery_shape.recorded(aws) is None
    aws.ssm.put_parameter(
        Name=aws.environment.shape_parameter,
        Value='{"database": {"restore": {"DBInstanceClass": "db.t4g.micro"}, "modify": {}}}',
        Type="String",
    )
    recovery_shape.record(aws)
    kept = recovery_shape.recorded(aws)
    assert kept is not None
    assert kept["database"]["restore"] == {"DBInstanceClass": "db.t4g.micro"}, "what is gone is not forgotten"
    both = {"service": recovery_shape.service_shape(SERVICE), "database": recovery_shape.database_shape(INSTANCE)}
    assert len(json.dumps(both)) < 4096, "the limit of a standard parameter"
