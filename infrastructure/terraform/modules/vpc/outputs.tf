output "vpc_id" {
  description = "Id of the VPC"
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Subnets of the load balancer, one in each zone"
  value       = [for zone in keys(local.zones) : aws_subnet.public[zone].id]
}

output "public_subnet_cidrs" {
  description = "IPv4 ranges of the public subnets: where the load balancer's requests come from"
  value       = [for zone in keys(local.zones) : aws_subnet.public[zone].cidr_block]
}

output "application_subnet_ids" {
  description = "Subnets of the tasks, one in each zone"
  value       = [for zone in keys(local.zones) : aws_subnet.application[zone].id]
}

output "application_subnet_cidrs" {
  description = "IPv4 ranges of the application subnets: where the API Gateway's requests come from"
  value       = [for zone in keys(local.zones) : aws_subnet.application[zone].cidr_block]
}

output "data_subnet_ids" {
  description = "Subnets of database and cache, one in each zone"
  value       = [for zone in keys(local.zones) : aws_subnet.data[zone].id]
}

output "availability_zones" {
  description = "Names of the zones that are used"
  value       = values(local.zones)
}

output "security_group_ids" {
  description = "Security groups by part: { alb, ecs, rds, redis, endpoints }; endpoints is null without interface endpoints"
  value = {
    alb       = aws_security_group.alb.id
    ecs       = aws_security_group.ecs.id
    rds       = aws_security_group.rds.id
    redis     = aws_security_group.redis.id
    endpoints = one(aws_security_group.endpoints[*].id)
  }
}

output "nat_gateway_addresses" {
  description = "Public addresses from which the tasks' requests come, for other parties' allow lists"
  value       = [for address in aws_eip.nat : address.public_ip]
}
