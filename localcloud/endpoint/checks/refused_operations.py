"""The operations for which moto reports success although it never does anything: a table of them, with reasons."""

from collections.abc import Mapping

SCHEDULES = "no schedule of EventBridge fires in the local cloud; Application Auto Scaling's scheduled actions do"
FUNCTIONS = "functions do not run in the local cloud"
ROTATIONS = "functions do not run in the local cloud, so none rotates a secret; store a new value with PutSecretValue"
COMMANDS = "the local cloud has no instances to run it on; for a task, use ECS's ExecuteCommand"
JOBS = "such jobs do not run in the local cloud; run a task with ECS's RunTask"
STATE_MACHINES = "state machines do not run in the local cloud"
PIPES = "EventBridge's pipes do not run in the local cloud"
STATEMENTS = "the local cloud runs no statements through this API; connect to the instance's endpoint"
CANARIES = "canaries do not run in the local cloud; use an alarm on the load balancer's metrics"
MADE_UP = "the local cloud has no models: the response would be made up"
APIS = "of API Gateway, the local cloud serves only HTTP APIs"
MACHINES = "machines, brokers and channels do not run in the local cloud: it would store only the record"
NOBODY = "the local cloud does not deliver it"

REFUSED_OPERATIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "apigateway": {APIS: ("CreateDeployment",)},
    "appsync": {APIS: ("StartSchemaCreation",)},
    "athena": {JOBS: ("StartQueryExecution",)},
    "aws-marketplace": {NOBODY: ("BatchMeterUsage", "MeterUsage")},
    "bedrock": {MADE_UP: ("CreateModelCustomizationJob", "InvokeModel")},
    "codebuild": {JOBS: ("StartBuild", "StartBuildBatch")},
    "codedeploy": {JOBS: ("CreateDeployment",)},
    "codepipeline": {JOBS: ("StartPipelineExecution",)},
    "comprehend": {
        MADE_UP: (
            *("DetectKeyPhrases", "DetectPiiEntities", "DetectSentiment", "StartDocumentClassificationJob"),
            *("StartDominantLanguageDetectionJob", "StartEntitiesDetectionJob", "StartEventsDetectionJob"),
            *("StartFlywheelIteration", "StartKeyPhrasesDetectionJob", "StartPiiEntitiesDetectionJob"),
            *("StartSentimentDetectionJob", "StartTargetedSentimentDetectionJob", "StartTopicsDetectionJob"),
        ),
    },
    "connect-campaigns": {JOBS: ("ResumeCampaign", "StartCampaign", "StartInstanceOnboardingJob")},
    "datapipeline": {JOBS: ("ActivatePipeline",)},
    "datasync": {JOBS: ("StartTaskExecution",)},
    "dms": {JOBS: ("StartReplicationTask", "TestConnection")},
    "ec2-instance-connect": {COMMANDS: ("SendSSHPublicKey",)},
    "elasticmapreduce": {JOBS: ("RunJobFlow",)},
    "emr-containers": {JOBS: ("StartJobRun",)},
    "emr-serverless": {JOBS: ("StartApplication", "StartJobRun")},
    "execute-api": {NOBODY: ("PostToConnection",)},
    "fis": {JOBS: ("StartExperiment",)},
    "glue": {JOBS: ("StartCrawler", "StartJobRun", "StartTrigger", "StartWorkflowRun")},
    "greengrass": {JOBS: ("CreateDeployment",)},
    "iot": {JOBS: ("CreateJob",)},
    "iotdata": {NOBODY: ("Publish",)},
    "lambda": {FUNCTIONS: ("CreateEventSourceMapping", "UpdateEventSourceMapping", "CreateFunctionUrlConfig")},
    "mediaconnect": {MACHINES: ("StartFlow",)},
    "medialive": {MACHINES: ("StartChannel",)},
    "mq": {MACHINES: ("RebootBroker",)},
    "osis": {JOBS: ("StartPipeline",)},
    "pipes": {PIPES: ("CreatePipe", "StartPipe", "UpdatePipe")},
    "rds-data": {STATEMENTS: ("BatchExecuteStatement", "BeginTransaction", "ExecuteSql", "ExecuteStatement")},
    "redshift": {MACHINES: ("ResumeCluster",)},
    "redshift-data": {STATEMENTS: ("BatchExecuteStatement", "ExecuteStatement")},
    "rekognition": {
        MADE_UP: (
            *("CompareFaces", "DetectCustomLabels", "DetectLabels", "DetectText"),
            *("StartFaceSearch", "StartTextDetection"),
        ),
    },
    "resource-groups": {JOBS: ("StartTagSyncTask",)},
    "sagemaker": {
        JOBS: (
            *("CreateAutoMLJobV2", "CreateCompilationJob", "CreateHyperParameterTuningJob", "CreateProcessingJob"),
            *("CreateTrainingJob", "CreateTransformJob", "StartPipelineExecution"),
        ),
        MACHINES: ("StartNotebookInstance",),
        MADE_UP: ("InvokeEndpoint", "InvokeEndpointAsync"),
    },
    "scheduler": {SCHEDULES: ("CreateSchedule", "UpdateSchedule")},
    "ssm": {
        COMMANDS: ("SendCommand", "StartSession", "StartAutomationExecution", "CreateAssociation"),
        JOBS: ("CreateMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"),
    },
    "states": {
        STATE_MACHINES: (
            *("StartExecution", "StartSyncExecution", "RedriveExecution", "TestState"),
            *("SendTaskFailure", "SendTaskHeartbeat", "SendTaskSuccess"),
        ),
    },
    "support": {JOBS: ("RefreshTrustedAdvisorCheck",)},
    "synthetics": {CANARIES: ("CreateCanary", "StartCanary", "UpdateCanary")},
    "textract": {MADE_UP: ("DetectDocumentText", "StartDocumentAnalysis", "StartDocumentTextDetection")},
    "transcribe": {MADE_UP: ("StartMedicalTranscriptionJob", "StartTranscriptionJob")},
}
"""Signing name -> reason -> operations that are refused whatever their parameters."""
