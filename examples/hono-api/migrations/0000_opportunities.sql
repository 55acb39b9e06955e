CREATE TABLE `activities` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`opportunity_id` integer NOT NULL,
	`note` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`opportunity_id`) REFERENCES `opportunities`(`id`) ON UPDATE no action ON DELETE no action
) STRICT;
--> statement-breakpoint
CREATE INDEX `activities_by_opportunity` ON `activities` (`opportunity_id`);--> statement-breakpoint
CREATE TABLE `opportunities` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`reference` text,
	`customer` text NOT NULL,
	`annual_value` real NOT NULL,
	`metadata` text,
	`created_at` integer NOT NULL,
	CONSTRAINT "annual_value_not_negative" CHECK("opportunities"."annual_value" >= 0)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `opportunities_reference_unique` ON `opportunities` (`reference`);
